import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRetryAfter } from '../../src/domain/retry-after.ts'

test('reads Retry-After as seconds or as a date', () => {
  const now = Date.parse('2026-01-01T00:00:00Z')
  assert.equal(parseRetryAfter('120', now), 120_000)
  assert.equal(parseRetryAfter('0', now), 0)
  assert.equal(parseRetryAfter('1.5', now), 1_500)
  assert.equal(parseRetryAfter('Thu, 01 Jan 2026 00:02:00 GMT', now), 120_000)
  assert.equal(parseRetryAfter('Wed, 31 Dec 2025 23:00:00 GMT', now), 0)
  assert.equal(parseRetryAfter('9'.repeat(40), now), 86_400_000)
  for (const text of [null, '', 'soon', 'Soon', '-5', '1.', '.5', '1e3'])
    assert.equal(parseRetryAfter(text, now), undefined, String(text))
})
