import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MockActivityEnvironment } from '@temporalio/testing'
import { ApplicationFailure } from '@temporalio/common'
import { DefaultLogger } from '@temporalio/worker'
import { permanent, retryAfter } from 'posthorn/activity'
import { ACTIVITY_POLICIES } from '../../src/kit/activity-policy.ts'
import { notedDelay } from '../../src/kit/noted-delay.ts'
import { ApiError } from '../../src/providers/api.ts'
import '../support/quiet-runtime.ts'
import { createActivityInterceptors } from '../../src/temporal/activity-interceptor.ts'
import { createSlotShares } from '../../src/temporal/slot-shares.ts'
import { unknownActivity } from '../../src/temporal/unknown-activity.ts'

const HOUR_MS = 3_600_000
const shares = createSlotShares({ sources: 1, activities: 10, localActivities: 10 })

interface Situation {
  /** Attempts as Temporal counts them, and how many of the earlier ones only waited. */
  attempt?: number
  waits?: number
  policy?: 'local' | 'write' | 'providerRead'
  isLocal?: boolean
  /** Since the activity was scheduled first. */
  waitedMs?: number
  notes?: unknown[]
}

/** What Temporal is told when an activity of this policy throws `error`. */
async function told(error: unknown, situation: Situation = {}): Promise<ApplicationFailure> {
  const { attempt = 1, waits = 0, policy = 'write', isLocal = false, waitedMs = 0, notes = [] } = situation
  const rules = { policies: { unknown: policy }, shares, outageLimitMs: 72 * HOUR_MS }
  const environment = new MockActivityEnvironment(
    {
      ...{ attempt, isLocal, activityType: 'unknown', scheduledTimestampMs: Date.now() - waitedMs },
      ...(waits > 0 && { heartbeatDetails: { posthornWaits: waits } }),
    },
    { interceptors: [createActivityInterceptors(rules)], logger: new DefaultLogger('ERROR') },
  )
  environment.on('heartbeat', (note) => notes.push(note))
  let failure: unknown
  await assert.rejects(
    environment.run(() => Promise.reject(error)),
    (thrown) => {
      failure = thrown
      return true
    },
  )
  assert.ok(failure instanceof ApplicationFailure)
  return failure
}

const delayMs = ({ nextRetryDelay }: ApplicationFailure): number => Number(nextRetryDelay)

test('a refusal of the provider fails for good under a code that names the status', async () => {
  const failure = await told(new ApiError('no', { status: 403 }))
  assert.deepEqual([failure.type, failure.nonRetryable], ['provider_refused_403', true])
})

test('an outage of the provider is waited out, however many attempts it takes', async () => {
  const notes: unknown[] = []
  for (const [status, type] of [
    [undefined, 'provider_unreachable'],
    [503, 'provider_error'],
    [429, 'provider_rate_limited'],
  ] as const) {
    const failure = await told(new ApiError('down', status === undefined ? {} : { status }), {
      ...{ attempt: 500, waits: 499, policy: 'providerRead', notes },
    })
    assert.deepEqual([failure.type, failure.nonRetryable], [type, false])
    assert.ok(delayMs(failure) >= 30_000 && delayMs(failure) <= 60_000)
  }
  assert.deepEqual(notes, Array(3).fill({ posthornWaits: 500 }))
})

test('Retry-After decides when the next attempt is made', async () => {
  assert.equal(delayMs(await told(new ApiError('slow down', { status: 429, retryAfterMs: 17_000 }))), 17_000)
  assert.equal(delayMs(await told(retryAfter('busy', 3_000, 'later'), { attempt: 99, waits: 98 })), 3_000)
})

test('a moment that has passed is no time to ask again: the usual interval is', async () => {
  for (const error of [
    new ApiError('slow down', { status: 429, retryAfterMs: 0 }),
    retryAfter('busy', 0, 'now'),
    Object.assign(new Error('not yet'), { retryAfterMs: 0 }),
  ]) {
    assert.ok(delayMs(await told(error)) >= 500)
  }
})

test('the workflow is told how long to wait after the one local try of a read', async () => {
  const situation = { policy: 'providerRead', isLocal: true } as const
  const asked = await told(new ApiError('slow down', { status: 429, retryAfterMs: 17_000 }), situation)
  assert.equal(notedDelay(asked), 17_000)
  const failed = await told(ApplicationFailure.create({ message: 'odd', type: 'odd', details: ['mine'] }), situation)
  assert.equal(failed.details?.[0], 'mine')
  assert.equal(notedDelay(failed), Number(failed.nextRetryDelay))
  assert.equal(notedDelay(await told(new RangeError('odd'))), undefined)
})

test('an unexpected error is tried again with jitter, and for good fails at the last permitted attempt under its own name', async () => {
  const delays = await Promise.all(
    Array.from({ length: 20 }, () => told(new RangeError('odd'), { attempt: 3 }).then(delayMs)),
  )
  assert.ok(delays.every((delay) => delay >= 2_000 && delay <= 4_000))
  assert.ok(new Set(delays).size > 1)
  assert.equal((await told(new RangeError('odd'), { attempt: 4 })).nonRetryable, false)
  const last = await told(new RangeError('odd'), { attempt: 5 })
  assert.deepEqual([last.type, last.message, last.nonRetryable], ['RangeError', 'odd', true])
})

test('a permanent failure keeps its code', async () => {
  const failure = await told(permanent('card_declined', 'no'))
  assert.deepEqual([failure.type, failure.nonRetryable], ['card_declined', true])
})

test('only the tries that failed count, however many attempts waited between them', async () => {
  const fourth = await told(new RangeError('odd'), { attempt: 104, waits: 100 })
  assert.equal(fourth.nonRetryable, false)
  assert.equal((await told(new RangeError('odd'), { attempt: 105, waits: 100 })).nonRetryable, true)
})

test('attempts that ended without a word, by a crash or a time-out, count as failed', async () => {
  const failure = await told(new ApiError('never asked', { status: 503 }), { attempt: 6 })
  assert.deepEqual([failure.type, failure.nonRetryable], ['attempts_exhausted', true])
})

test('an outage that would outlast the limit ends the activity under a code of its own', async () => {
  const error = new ApiError('down', { status: 503, retryAfterMs: 2 * HOUR_MS })
  const shorter = await told(error, { attempt: 9, waits: 8, waitedMs: 69 * HOUR_MS })
  assert.deepEqual([shorter.type, shorter.nonRetryable], ['provider_error', false])
  const longer = await told(error, { attempt: 9, waits: 8, waitedMs: 71 * HOUR_MS })
  assert.deepEqual([longer.type, longer.nonRetryable], ['outage_outlasted', true])
  assert.match(longer.message, /provider_error: down/)
})

/** What Temporal is told of an activity that the worker does not have. */
async function toldOfUnknown(situation: Omit<Situation, 'policy'>): Promise<ApplicationFailure> {
  const thrown: unknown = await unknownActivityIn(situation.isLocal ?? false)
  return told(thrown, { ...situation, policy: 'providerRead' })
}

async function unknownActivityIn(isLocal: boolean): Promise<unknown> {
  const environment = new MockActivityEnvironment({ isLocal, activityType: 'charge' })
  return environment.run(unknownActivity).catch((error: unknown) => error)
}

test('an activity that the worker does not have waits for one that has it, and at the limit keeps its own code', async () => {
  const waiting = await toldOfUnknown({ attempt: 500, waits: 499 })
  assert.deepEqual([waiting.type, waiting.nonRetryable], ['unknown_activity', false])
  assert.match(waiting.message, /charge/)
  const given = await toldOfUnknown({ attempt: 500, waits: 499, waitedMs: 72 * HOUR_MS })
  assert.deepEqual([given.type, given.nonRetryable], ['unknown_activity', true])
})

test('a local activity that its own worker does not have fails at once: no other is asked', async () => {
  const failure = await toldOfUnknown({ isLocal: true })
  assert.deepEqual([failure.type, failure.nonRetryable], ['unknown_activity', true])
})

test('a database that is away is waited for; what it refuses is a failure', async () => {
  const away = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
  const waiting = await told(away, { attempt: 50, waits: 49 })
  assert.deepEqual([waiting.type, waiting.nonRetryable], ['dependency_unreachable', false])
  const refused = Object.assign(new Error('duplicate key'), { code: '23505' })
  assert.equal((await told(refused, { attempt: 5 })).nonRetryable, true)
})

test('every policy permits from three to ten tries', () => {
  for (const { attempts } of Object.values(ACTIVITY_POLICIES)) assert.ok(attempts >= 3 && attempts <= 10)
})

test('a source holds half of the slots at most, also with activities that are not given its event', async () => {
  const shared = createSlotShares({ sources: 2, activities: 2, localActivities: 2 })
  const rules = { policies: { charge: 'write' as const }, shares: shared, outageLimitMs: HOUR_MS }
  const chargeFor = (source: string) => {
    const workflowExecution = { workflowId: `event/${source}/evt_1/settle`, runId: 'run' }
    return new MockActivityEnvironment(
      { activityType: 'charge', workflowExecution, scheduledTimestampMs: Date.now() },
      { interceptors: [createActivityInterceptors(rules)], logger: new DefaultLogger('ERROR') },
    )
  }
  let release = (): void => undefined
  const first = chargeFor('shop').run(() => new Promise<void>((resolve) => (release = resolve)))
  await assert.rejects(
    chargeFor('shop').run(async () => undefined),
    { type: 'source_slots_taken' },
  )
  await chargeFor('bank').run(async () => undefined)
  release()
  await first
})
