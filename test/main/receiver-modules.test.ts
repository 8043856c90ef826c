import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { ROOT, moduleGraph } from './module-graph.ts'

/** What a source that absorbs loads, and no other receiver does. */
const ABSORBER = 'src/main/serve/connect-absorber.ts'

/** Every module that an entry can load, at its start or later, and every package that it names; `without` one and what only it loads. */
async function modulesOf(entry: string, without?: string): Promise<{ files: string[]; packages: string[] }> {
  const { inputs } = await moduleGraph(entry, { external: without === undefined ? [] : [join(ROOT, without)] })
  const imports = Object.values(inputs).flatMap((input) => input.imports)
  return {
    files: Object.keys(inputs),
    packages: [...new Set(imports.filter(({ external }) => external).map(({ path }) => path))],
  }
}

const startingWith = (paths: string[], ...prefixes: string[]): string[] =>
  paths.filter((path) => prefixes.some((prefix) => path.startsWith(prefix)))

const ROOMS = ['workflows/', 'activities/', 'src/dispatcher/', 'src/mirror/', 'src/simulator/', 'src/stack/']

test('the receiver can load neither workflow code nor Temporal nor a bundler', async () => {
  const { files, packages } = await modulesOf('src/main/serve.ts', ABSORBER)
  assert.ok(files.includes('src/receiver/receiver.ts'), 'the graph is the receiver’s')
  assert.deepEqual(startingWith(files, ...ROOMS, 'src/temporal/', 'src/main/engine.ts'), [])
  assert.deepEqual(startingWith(packages, '@temporalio/', 'esbuild', 'commander'), [])
})

test('a receiver that absorbs loads Temporal’s client besides, and nothing of a worker', async () => {
  const { files, packages } = await modulesOf('src/main/serve.ts')
  assert.ok(files.includes(ABSORBER))
  assert.deepEqual(startingWith(files, ...ROOMS, 'src/temporal/workflows/', 'src/main/engine.ts'), [])
  assert.deepEqual(startingWith(packages, '@temporalio/').sort(), ['@temporalio/client', '@temporalio/envconfig'])
})

test('the command line itself loads nothing but commander before a command is chosen', async () => {
  const { outputs } = await moduleGraph('src/main/cli.ts', { splitting: true, outdir: 'unwritten' })
  const entry = Object.entries(outputs).find(([, output]) => output.entryPoint === 'src/main/cli.ts')
  const packages = new Set<string>()
  const visit = (path: string): void => {
    for (const { path: imported, kind, external } of outputs[path]?.imports ?? []) {
      if (kind !== 'import-statement') continue
      if (external) packages.add(imported)
      else visit(imported)
    }
  }
  visit(entry?.[0] ?? '')
  assert.deepEqual(
    [...packages].filter((name) => !name.startsWith('node:')),
    ['commander'],
  )
})
