import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AccessToken, keepToken } from '../../src/providers/access-token.ts'

function shop() {
  const state = { now: 0, bought: 0, fails: false }
  const buy = (): Promise<AccessToken> =>
    state.fails
      ? Promise.reject(new Error('closed'))
      : Promise.resolve({ token: `t${++state.bought}`, expiresInSeconds: 3600 })
  return { state, current: keepToken(buy, () => state.now) }
}

test('a token is kept until a minute before its end', async () => {
  const { state, current } = shop()
  assert.equal(await current(false), 't1')
  state.now = 3_539_999
  assert.equal(await current(false), 't1')
  state.now = 3_540_000
  assert.equal(await current(false), 't2')
})

test('those who come while it is bought share it, and one that was refused is not used again', async () => {
  const { current } = shop()
  assert.deepEqual(await Promise.all([current(false), current(false), current(false)]), ['t1', 't1', 't1'])
  assert.equal(await current(true), 't2')
  assert.equal(await current(false), 't2')
})

test('a purchase that failed is tried again by the next who comes', async () => {
  const { state, current } = shop()
  state.fails = true
  await assert.rejects(current(false), /closed/)
  state.fails = false
  assert.equal(await current(false), 't1')
})
