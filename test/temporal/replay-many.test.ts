import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NativeConnection, Worker } from '@temporalio/worker'
import type { ReplayActivities, ReplayEnd } from '../../src/temporal/replay-activities.ts'
import { connectTemporal, uniqueName } from '../support/temporal.ts'
import { toyBundle } from '../support/test-engine.ts'

const END = { state: 'done', figures: { processed: 1 } } as ReplayEnd

test('a long replay goes on in another run of its workflow, so that no history grows with it', async () => {
  const temporal = await connectTemporal()
  const connection = await NativeConnection.connect({ address: temporal.address })
  let turns = 0
  const activities: ReplayActivities = {
    posthornAdvanceReplay: async () => (++turns === 150 ? END : undefined),
    posthornCancelReplay: async () => undefined,
  }
  const taskQueue = uniqueName('replay-many')
  const workflowBundle = await toyBundle()
  const worker = await Worker.create({ connection, taskQueue, workflowBundle, activities })
  try {
    await worker.runUntil(async () => {
      const workflowId = `replay/${taskQueue}`
      const handle = await temporal.client.workflow.start('posthornReplayMany', { workflowId, taskQueue, args: ['it'] })
      assert.deepEqual(await handle.result(), END)
      const last = temporal.client.workflow.getHandle(workflowId)
      const { events } = await last.fetchHistory()
      assert.ok(events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId)
      assert.ok(events.length < 1_000, `${events.length} events`)
    })
    assert.equal(turns, 150)
  } finally {
    await connection.close()
    await temporal.close()
  }
})
