import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { ActivityFailure, ApplicationFailure, TimeoutFailure, WorkflowFailedError } from '@temporalio/client'
import { DefaultLogger, NativeConnection, Worker, bundleWorkflowCode } from '@temporalio/worker'
import { createActivityInterceptors } from '../../src/temporal/activity-interceptor.ts'
import type { RetentionActivities } from '../../src/temporal/retention-activities.ts'
import { createSlotShares } from '../../src/temporal/slot-shares.ts'
import { connectTemporal, uniqueName } from '../support/temporal.ts'
import '../support/quiet-runtime.ts'

const here = (path: string): string => join(import.meta.dirname, path)

test('a part whose statements are cancelled at every try ends in time, and the next one has its turn', async () => {
  const temporal = await connectTemporal()
  const connection = await NativeConnection.connect({ address: temporal.address })
  const ran: string[] = []
  const activities: RetentionActivities = {
    async posthornRetainPartitions() {
      ran.push('partitions')
      return { dropped: [], daysAhead: 14 }
    },
    async posthornRetainPayloads() {
      if (!ran.includes('payloads')) ran.push('payloads')
      throw Object.assign(new Error('canceling statement due to statement timeout'), { code: '57014' })
    },
    async posthornRetainEvents() {
      ran.push('events')
      return { events: 0, lanes: 0, replays: 0, coverage: 0 }
    },
  }
  const taskQueue = uniqueName('retention')
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath: here('../../src/temporal/workflows/retention.ts'),
    workflowInterceptorModules: [here('hurried-timeouts.ts')],
    logger: new DefaultLogger('WARN'),
  })
  const shares = createSlotShares({ sources: 1, activities: 10, localActivities: 10 })
  const rules = createActivityInterceptors({ policies: {}, shares, outageLimitMs: 72 * 3_600_000 })
  const interceptors = { activity: [rules] }
  const worker = await Worker.create({ connection, taskQueue, workflowBundle, activities, interceptors })
  try {
    await worker.runUntil(async () => {
      const handle = await temporal.client.workflow.start('posthornRetention', { workflowId: taskQueue, taskQueue })
      const ended = new AbortController()
      const giveUp = delay(30_000, undefined, { signal: ended.signal }).then(() => handle.terminate('it does not end'))
      const failure: unknown = await Promise.race([giveUp, handle.result()]).catch((error: unknown) => error)
      ended.abort()
      assert.deepEqual(ran, ['partitions', 'payloads', 'events'])
      assert.ok(failure instanceof WorkflowFailedError && failure.cause instanceof ActivityFailure)
      // Why it went on, for whoever looks; or that it did, where the time was up in the middle of a try.
      const why = failure.cause.cause
      const isOutage = why instanceof ApplicationFailure && why.type === 'dependency_unreachable'
      assert.ok(isOutage || why instanceof TimeoutFailure, String(why))
    })
  } finally {
    await connection.close()
    await temporal.close()
  }
})
