import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judgeEvent } from '../../src/prove/judge-event.ts'
import { isPoisoned, POISONED } from '../../src/prove/poison.ts'
import type { WitnessedEvent } from '../../src/prove/witness.ts'
import type { EventRecord } from '../../src/storage/probe.ts'

const [healthy = '', poisoned = ''] = [false, true].map((wanted) =>
  Array.from({ length: 1_000 }, (_, n) => `evt_${n}`).find((id) => isPoisoned(id) === wanted),
)

const run = (handler: string, state = 'processed', attempt = 1, code: string | null = null) => ({
  handler,
  attempt,
  state,
  code,
})

const record = (changes: Partial<EventRecord> = {}): EventRecord => ({
  key: 'key',
  source: 'stripe',
  eventId: healthy,
  state: 'processed',
  reason: undefined,
  hasEntity: true,
  isListed: false,
  isToldElsewhere: false,
  bodyHash: 'hash',
  lagMs: 10,
  runs: [run('mirror', 'ignored'), run('applyEffect')],
  letters: [],
  effects: ['applyEffect'],
  tries: [{ handler: 'applyEffect', attempt: 1, runs: 1 }],
  ...changes,
})

const dead = (changes: Partial<EventRecord> = {}): EventRecord =>
  record({
    eventId: poisoned,
    state: 'dead',
    runs: [run('mirror'), run('applyEffect', 'dead', 1, POISONED)],
    letters: [{ handler: 'applyEffect', code: POISONED }],
    effects: [],
    tries: [],
    ...changes,
  })

const witnessed = (changes: Partial<WitnessedEvent> = {}): WitnessedEvent => ({
  bodyHash: 'hash',
  isListed: true,
  acknowledged: true,
  takenAsNew: 1,
  ...changes,
})

/** Recovered: no webhook of it ever got through. */
const unheard = witnessed({ acknowledged: false, takenAsNew: 0 })

const judged = (stored: EventRecord, seen: WitnessedEvent | undefined = witnessed()) => {
  const finding = judgeEvent(stored, seen)
  return finding && `${finding.kind}: ${finding.what}`
}

test('an event that was processed once is right, and so is one that had to fail and did', () => {
  assert.equal(judged(record()), undefined)
  assert.equal(judged(dead()), undefined)
  assert.equal(judged(record({ hasEntity: false, runs: [run('applyEffect')] })), undefined)
})

test('a run that Temporal lost, and its successor, are one', () => {
  const runs = [run('mirror'), run('applyEffect', 'dead', 1, 'run_lost'), run('applyEffect', 'processed', 2)]
  const tries = [1, 2].map((attempt) => ({ handler: 'applyEffect', attempt, runs: 1 }))
  assert.equal(judged(record({ runs, tries })), undefined)
})

test('what was not processed is lost', () => {
  assert.equal(judged(record({ state: 'dispatched', runs: [] })), 'lost: is dispatched and was not processed')
  const failed = [run('mirror'), run('applyEffect', 'dead', 1, 'error')]
  assert.equal(judged(record({ state: 'dead', runs: failed })), 'lost: is dead: error')
  assert.equal(judged(record({ runs: [run('applyEffect')] })), 'lost: was not mirrored')
  assert.equal(judged(record({ runs: [run('mirror')], effects: [], tries: [] })), 'lost: was run by no handler')
  assert.equal(judged(record({ effects: [] })), 'lost: was processed by applyEffect without an effect')
})

test('a dead letter that outlives what healed it is found', () => {
  const letters = [{ handler: 'mirror', code: 'run_lost' }]
  const told = 'lost: is processed, and mirror stands among the dead letters: run_lost'
  assert.equal(judged(record({ letters })), told)
})

test('what was read again for the mirror alone is right only where another event told of the same', () => {
  const refetch = { isListed: true, state: 'ignored', reason: 'refetch', runs: [run('mirror')], effects: [], tries: [] }
  assert.equal(judged(record({ ...refetch, isToldElsewhere: true }), unheard), undefined)
  assert.equal(judged(record(refetch), unheard), 'lost: is ignored (refetch) and was not processed')
  assert.ok(judged(record({ ...refetch, isToldElsewhere: true, runs: [] }), unheard))
  const letters = [{ handler: 'mirror', code: 'run_lost' }]
  const told = 'lost: is ignored, and mirror stands among the dead letters: run_lost'
  assert.equal(judged(record({ ...refetch, isToldElsewhere: true, letters }), unheard), told)
})

test('what had to fail and did not is lost, too', () => {
  assert.equal(judged(dead({ state: 'processed' })), 'lost: is processed, and had to be a dead letter')
  const otherwise = [{ handler: 'applyEffect', code: 'error' }]
  assert.equal(judged(dead({ letters: otherwise })), 'lost: is dead of error')
  assert.equal(judged(dead({ letters: [] })), 'lost: is dead, and no dead letter stands for it')
  assert.equal(judged(dead({ effects: ['applyEffect'] })), 'lost: failed, and yet has an effect')
})

test('two effects, two runs, two closings or two acceptances are found', () => {
  assert.equal(judged(record({ effects: ['applyEffect', 'applyEffect'] })), 'doubled: has 2 effects of applyEffect')
  const tries = [{ handler: 'applyEffect', attempt: 1, runs: 2 }]
  assert.equal(judged(record({ tries })), 'doubled: was run 2 times by applyEffect as attempt 1')
  const runs = [run('mirror'), run('applyEffect'), run('applyEffect', 'processed', 2)]
  assert.equal(judged(record({ runs })), 'doubled: was processed 2 times by applyEffect')
  assert.equal(judged(record(), witnessed({ takenAsNew: 2 })), 'doubled: was answered as new 2 times')
})

test('what nobody sent, or nobody sent so, got in by forgery, unless the provider’s own list holds it', () => {
  assert.equal(judgeEvent(record(), undefined)?.kind, 'forged')
  assert.equal(judgeEvent(record({ bodyHash: 'other' }), witnessed())?.kind, 'forged')
  assert.equal(judgeEvent(record({ bodyHash: 'other', isListed: true }), unheard), undefined)
  assert.equal(judgeEvent(record({ isListed: true }), undefined), undefined)
})

test('what was answered as new and stands there only because the list held it was not durable', () => {
  const told = 'lost: was answered as new before it was durable: only the list brought it'
  assert.equal(judged(record({ isListed: true })), told)
  // Answered as new again when the list had it sent once more: nothing else was wrong with it either.
  assert.equal(judged(record({ isListed: true }), witnessed({ takenAsNew: 2 })), told)
  const late = witnessed({ acknowledged: true, takenAsNew: 0 })
  assert.equal(judged(record({ isListed: true }), late), undefined)
})
