import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { build } from 'esbuild'

const ROOT = join(import.meta.dirname, '../..')

/** Every module that an entry can load, at its start or later, and every package that it names. */
async function modulesOf(entry: string): Promise<{ files: string[]; packages: string[] }> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'silent',
  })
  const imports = Object.values(metafile.inputs).flatMap((input) => input.imports)
  return {
    files: Object.keys(metafile.inputs),
    packages: [...new Set(imports.filter(({ external }) => external).map(({ path }) => path))],
  }
}

const startingWith = (paths: string[], ...prefixes: string[]): string[] =>
  paths.filter((path) => prefixes.some((prefix) => path.startsWith(prefix)))

test('the receiver can load neither workflow code nor Temporal nor a bundler', async () => {
  const { files, packages } = await modulesOf('src/main/serve.ts')
  assert.ok(files.includes('src/receiver/receiver.ts'), 'the graph is the receiver’s')
  const rooms = ['workflows/', 'activities/', 'src/temporal/', 'src/dispatcher/', 'src/mirror/', 'src/simulator/']
  assert.deepEqual(startingWith(files, ...rooms, 'src/stack/', 'src/main/engine.ts'), [])
  assert.deepEqual(startingWith(packages, '@temporalio/', 'esbuild', 'commander'), [])
})

test('the command line itself loads nothing but commander before a command is chosen', async () => {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: ['src/main/cli.ts'],
    bundle: true,
    write: false,
    metafile: true,
    splitting: true,
    outdir: 'unwritten',
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'silent',
  })
  const entry = Object.entries(metafile.outputs).find(([, output]) => output.entryPoint === 'src/main/cli.ts')
  const packages = new Set<string>()
  const visit = (path: string): void => {
    for (const { path: imported, kind, external } of metafile.outputs[path]?.imports ?? []) {
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
