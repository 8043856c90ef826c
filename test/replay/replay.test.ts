import assert from 'node:assert/strict'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { DeterminismViolationError } from '@temporalio/workflow'
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js'
import { Worker } from '@temporalio/worker'
import '../support/quiet-runtime.ts'
import { bundleProduct } from './product-bundle.ts'
import { RECORDINGS } from './recordings.ts'

const HISTORIES = join(import.meta.dirname, 'histories')

async function* histories(only?: RegExp) {
  for (const version of await readdir(HISTORIES)) {
    for (const file of await readdir(join(HISTORIES, version))) {
      const name = file.replace('.json', '')
      if (only?.test(name) === false) continue
      const json: unknown = JSON.parse(await readFile(join(HISTORIES, version, file), 'utf8'))
      yield { workflowId: `recorded/${name}`, history: historyFromJSON(json) }
    }
  }
}

async function replay(workflowBundle: { code: string }, only?: RegExp) {
  const results: { workflowId: string; error?: Error | undefined }[] = []
  for await (const result of Worker.runReplayHistories({ workflowBundle }, histories(only))) results.push(result)
  return results
}

test('every recorded history replays with the present code', async () => {
  const results = await replay(await bundleProduct())
  assert.ok(results.length >= RECORDINGS.length)
  assert.deepEqual(
    results
      .filter(({ error }) => error !== undefined)
      .map(({ workflowId, error }) => `${workflowId}: ${error?.message}`),
    [],
  )
})

test('every recording has a history', async () => {
  const recorded = new Set<string>()
  for await (const { workflowId } of histories()) recorded.add(workflowId)
  assert.deepEqual(
    RECORDINGS.map(({ name }) => name).filter((name) => !recorded.has(`recorded/${name}`)),
    [],
  )
})

test('a twin with other commands under the same name is refused', async () => {
  const results = await replay(
    await bundleProduct(join(import.meta.dirname, 'broken-twin.ts')),
    /invoice-paid-processed/,
  )
  assert.equal(results.length, 1)
  assert.ok(results[0]?.error instanceof DeterminismViolationError)
})
