import assert from 'node:assert/strict'
import { test } from 'node:test'
import { importsOf, sourceFiles } from '../house/source-files.ts'
import { moduleGraph } from './module-graph.ts'

/** The modules that run before an entry does anything: what is loaded later, by `import(…)`, is not among them. */
async function loadedAtStart(entry: string): Promise<string[]> {
  const { inputs } = await moduleGraph(entry)
  const loaded = new Set<string>()
  const visit = (path: string): void => {
    if (loaded.has(path)) return
    loaded.add(path)
    for (const { path: imported, kind, external } of inputs[path]?.imports ?? [])
      if (kind === 'import-statement' && !external) visit(imported)
  }
  visit(entry)
  return [...loaded]
}

for (const entry of ['src/main/serve.ts', 'src/main/work.ts']) {
  test(`${entry} loads no provider before its configuration names one`, async () => {
    const loaded = await loadedAtStart(entry)
    assert.ok(loaded.includes('src/providers/load-providers.ts'))
    assert.deepEqual(
      loaded.filter((path) => /^src\/providers\/([^/]+\/)?index\.ts$/.test(path)),
      [],
    )
  })
}

test('nothing of the engine imports the record of all providers', () => {
  const importers = sourceFiles()
    .filter(({ path }) => path.startsWith('src/'))
    .filter((file) => importsOf(file).some(({ target }) => target === 'src/providers/index.ts'))
  assert.deepEqual(
    importers.map(({ path }) => path),
    [],
  )
})
