import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { MockActivityEnvironment } from '@temporalio/testing'
import { ApplicationFailure, defaultPayloadConverter } from '@temporalio/common'
import { type ActivityInterceptorsFactory, DefaultLogger } from '@temporalio/worker'
import { retryAfter } from 'posthorn/activity'
import '../support/quiet-runtime.ts'
import { createActivityInterceptors } from '../../src/temporal/activity-interceptor.ts'
import { RESUMED_HEADER, type ResumedHeader } from '../../src/temporal/run-header.ts'
import { createSlotShares } from '../../src/temporal/slot-shares.ts'

const HOUR_MS = 3_600_000
const shares = createSlotShares({ sources: 1, activities: 10, localActivities: 10 })
const away = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })

/** One worker's, over all attempts of a test. */
let worker: ActivityInterceptorsFactory
const startWorker = (): void => {
  worker = createActivityInterceptors({ policies: { settle: 'local' }, shares, outageLimitMs: 2 * HOUR_MS })
}
beforeEach(startWorker)

/** What comes of one attempt, as Temporal counts them, of a local activity; undefined: it succeeded. */
async function attempt(
  number: number,
  error?: Error,
  { resumed, id = '1' }: { resumed?: ResumedHeader; id?: string } = {},
): Promise<ApplicationFailure | undefined> {
  const headers = resumed === undefined ? {} : { [RESUMED_HEADER]: defaultPayloadConverter.toPayload(resumed) }
  const resuming: ActivityInterceptorsFactory = () => ({
    inbound: { execute: (input, next) => next({ ...input, headers }) },
  })
  const environment = new MockActivityEnvironment(
    { activityType: 'settle', isLocal: true, attempt: number, activityId: id, scheduledTimestampMs: Date.now() },
    { interceptors: [resuming, worker], logger: new DefaultLogger('ERROR') },
  )
  try {
    await environment.run(async () => {
      if (error !== undefined) throw error
    })
    return undefined
  } catch (thrown) {
    assert.ok(thrown instanceof ApplicationFailure)
    return thrown
  }
}

test('a local activity that takes too long is given up after the tries that its policy permits', async () => {
  assert.equal(await attempt(5), undefined)
  const failure = await attempt(6)
  assert.deepEqual([failure?.type, failure?.nonRetryable], ['attempts_exhausted', true])
})

test('what waited inside the worker uses up no try of a local activity', async () => {
  for (const number of [1, 2, 3]) assert.equal((await attempt(number, away))?.nonRetryable, false)
  assert.equal((await attempt(7, new RangeError('odd')))?.nonRetryable, false)
  const last = await attempt(8, new RangeError('odd'))
  assert.deepEqual([last?.type, last?.nonRetryable], ['RangeError', true])
})

test('a worker that takes a run up anew counts anew, in a new process as in the same', async () => {
  for (const number of [1, 2, 3]) await attempt(number, away)
  assert.equal((await attempt(1, new RangeError('odd')))?.nonRetryable, false)
  startWorker()
  const resumed = { attempt: 9, scheduledMs: Date.now() - HOUR_MS }
  assert.equal(await attempt(13, undefined, { resumed }), undefined)
  assert.equal((await attempt(14, undefined, { resumed }))?.type, 'attempts_exhausted')
})

test('a local activity waits for a short time inside the worker, and from the sixth wait on outside of it, ever longer', async () => {
  const delays: number[] = []
  for (const number of [1, 2, 3, 4, 5, 6]) delays.push(Number((await attempt(number, away))?.nextRetryDelay))
  assert.ok(delays.slice(0, 5).every((delay) => delay <= 2_000))
  assert.ok(Number(delays[5]) >= 6_000 && Number(delays[5]) <= 12_000)
  const busy = retryAfter('busy', 3_000, 'later')
  assert.equal(Number((await attempt(1, busy, { id: '2' }))?.nextRetryDelay), 3_000)
  const resumed = { attempt: 6, scheduledMs: Date.now() }
  assert.ok(Number((await attempt(6, busy, { id: '3', resumed }))?.nextRetryDelay) >= 6_000)
  const late = { ...resumed, attempt: 30 }
  assert.ok(Number((await attempt(30, busy, { id: '4', resumed: late }))?.nextRetryDelay) >= 90_000)
})

test('an outage is as long as it has been since the activity was first scheduled, on whatever side of a timer', async () => {
  const resumed = { attempt: 6, scheduledMs: Date.now() - 2 * HOUR_MS + 15_000 }
  assert.equal((await attempt(6, away, { resumed }))?.type, 'dependency_unreachable')
  resumed.scheduledMs -= 10_000
  const failure = await attempt(6, away, { resumed })
  assert.deepEqual([failure?.type, failure?.nonRetryable], ['outage_outlasted', true])
})
