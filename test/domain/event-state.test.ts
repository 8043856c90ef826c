import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EVENT_STATES, canBecome } from '../../src/domain/event-state.ts'

test('every state but received can be reached, and every closed state can be replayed', () => {
  for (const state of EVENT_STATES) {
    assert.ok(
      EVENT_STATES.some((from) => canBecome(from, state)),
      `${state} is never reached`,
    )
    if (state !== 'received' && state !== 'dispatched') assert.ok(canBecome(state, 'received'))
  }
})

test('a closed event is never closed again without a replay, unless a person discards what is dead', () => {
  for (const from of ['processed', 'ignored', 'dead'] as const) {
    for (const to of ['processed', 'ignored', 'dead', 'dispatched'] as const) {
      assert.equal(canBecome(from, to), from === 'dead' && to === 'ignored')
    }
  }
})
