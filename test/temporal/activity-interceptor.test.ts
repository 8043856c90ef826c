import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MockActivityEnvironment } from '@temporalio/testing'
import { ApplicationFailure } from '@temporalio/common'
import { permanent, retryAfter } from 'posthorn/activity'
import { ApiError } from '../../src/providers/api.ts'
import '../support/quiet-runtime.ts'
import { createActivityInterceptors } from '../../src/temporal/activity-interceptor.ts'

/** What Temporal is told when an activity of this policy throws `error` at this attempt. */
async function told(
  error: unknown,
  attempt = 1,
  policy: 'local' | 'write' | 'providerRead' = 'write',
): Promise<ApplicationFailure> {
  const interceptors = [createActivityInterceptors({ unknown: policy })]
  const environment = new MockActivityEnvironment({ attempt, activityType: 'unknown' }, { interceptors })
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
  for (const [status, type] of [
    [undefined, 'provider_unreachable'],
    [503, 'provider_error'],
    [429, 'provider_rate_limited'],
  ] as const) {
    const failure = await told(new ApiError('down', status === undefined ? {} : { status }), 500, 'providerRead')
    assert.deepEqual([failure.type, failure.nonRetryable], [type, false])
    assert.ok(delayMs(failure) >= 30_000 && delayMs(failure) <= 60_000)
  }
})

test('Retry-After decides when the next attempt is made', async () => {
  assert.equal(delayMs(await told(new ApiError('slow down', { status: 429, retryAfterMs: 17_000 }))), 17_000)
  assert.equal(delayMs(await told(retryAfter('busy', 3_000, 'later'), 99)), 3_000)
})

test('an unexpected error is tried again with jitter, and for good fails at the last permitted attempt under its own name', async () => {
  const delays = await Promise.all(Array.from({ length: 20 }, () => told(new RangeError('odd'), 3).then(delayMs)))
  assert.ok(delays.every((delay) => delay >= 2_000 && delay <= 4_000))
  assert.ok(new Set(delays).size > 1)
  assert.equal((await told(new RangeError('odd'), 4)).nonRetryable, false)
  const last = await told(new RangeError('odd'), 5)
  assert.deepEqual([last.type, last.message, last.nonRetryable], ['RangeError', 'odd', true])
})

test('a permanent failure keeps its code', async () => {
  const failure = await told(permanent('card_declined', 'no'))
  assert.deepEqual([failure.type, failure.nonRetryable], ['card_declined', true])
})
