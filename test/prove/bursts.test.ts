import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBursts } from '../../src/prove/bursts.ts'

test('webhooks come without a pause early on, now and then, and whenever something was killed', () => {
  const bursts = createBursts()
  const next = (count: number): boolean[] => Array.from({ length: count }, () => bursts.isOn())
  assert.ok(next(49).every((isOn) => !isOn))
  assert.ok(next(80).every((isOn) => isOn))
  assert.ok(next(20).every((isOn) => !isOn))
  bursts.begin()
  assert.deepEqual([next(10).every((isOn) => isOn), bursts.isOn()], [true, false])
})
