import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPace } from '../../src/dispatcher/pace.ts'

const good = { durationMs: 5, overloaded: false }

test('an overloaded answer halves the pace once, however many answers report it', () => {
  const pace = createPace(64)
  for (let n = 0; n < 30; n += 1) pace.onAnswer({ durationMs: 5, overloaded: true })
  assert.equal(pace.limit, 32)
})

test('a slow answer counts as overload', () => {
  const pace = createPace(10)
  pace.onAnswer({ durationMs: 5_000, overloaded: false })
  assert.equal(pace.limit, 5)
})

test('good answers bring the pace back to its maximum and not above', () => {
  const pace = createPace(64)
  pace.onAnswer({ durationMs: 5, overloaded: true })
  for (let n = 0; n < 5_000; n += 1) pace.onAnswer(good)
  assert.equal(pace.limit, 64)
})
