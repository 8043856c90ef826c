import assert from 'node:assert/strict'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'node:test'
import { NativeConnection, Worker } from '@temporalio/worker'
import { WAKE_SIGNAL } from '../../src/domain/waits.ts'
import { bundleProduct } from '../replay/product-bundle.ts'
import { RECORDINGS } from '../replay/recordings.ts'
import '../support/quiet-runtime.ts'
import { connectTemporal, createNamespace, uniqueName } from '../support/temporal.ts'

test('the file of a call whose recording does not come in time is closed without one', async (t) => {
  const root = await connectTemporal()
  t.after(() => root.close())
  const namespace = await createNamespace(root.connection)
  const temporal = await connectTemporal({ namespace })
  t.after(() => temporal.close())
  const connection = await NativeConnection.connect({ address: temporal.address })
  t.after(() => connection.close())
  const recorded = RECORDINGS.find(({ name }) => name === 'team-connect-call-ended-waited') ?? assert.fail()
  const looks: unknown[] = []
  const closed: unknown[] = []
  const taskQueue = uniqueName('call-ended')
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue,
    workflowBundle: await bundleProduct(join(import.meta.dirname, 'hurried.ts')),
    // In a shared context the clock is frozen.
    reuseV8Context: false,
    activities: {
      ...recorded.activities,
      posthornRecordOutcome: async () => undefined,
      posthornAwaitEvent: async (_event: unknown, _wait: unknown, isLast: boolean) => void looks.push(isLast),
      closeCallFile: async (file: unknown) => void closed.push(file),
    },
  })
  const result: unknown = await worker.runUntil(async () => {
    const args = [recorded.event]
    const run = await temporal.client.workflow.start(recorded.workflowType, { workflowId: 'c_1', taskQueue, args })
    const ended: Promise<unknown> = run.result()
    // Whatever wakes it, it has nothing but the clock to go by. After its last look nothing does: a signal that comes while a workflow
    // task ends has it done again.
    for (let isOver = false; !isOver;) {
      isOver = await Promise.race([ended.then(() => true), delay(100, false)])
      if (!isOver && looks.at(-1) !== true) await run.signal(WAKE_SIGNAL).catch(() => undefined)
    }
    return ended
  })
  assert.deepEqual(result, { state: 'processed' })
  assert.equal(looks[0], false)
  assert.equal(looks.at(-1), true)
  assert.ok(closed.length > 0)
  for (const file of closed) assert.deepEqual(file, { callId: 'call_1', hasRecording: false })
})
