import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from './eventually.ts'

test('a condition that comes true is waited for, and its value returned', async () => {
  let calls = 0
  const value = await eventually(
    () => {
      calls += 1
      if (calls === 1) throw new Error('not yet')
      return calls === 2 ? false : 'there'
    },
    { intervalMs: 1 },
  )
  assert.equal(value, 'there')
  assert.equal(calls, 3)
})

test('a condition that stays false fails with its last error', async () => {
  let calls = 0
  const failing = eventually(
    () => {
      calls += 1
      throw new Error(`call ${calls}`)
    },
    { timeoutMs: 20, intervalMs: 1 },
  )
  await assert.rejects(failing, (error: Error) => error.message === `Not within 20 ms: call ${calls}`)
})
