import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reportLines } from '../../src/cli/demo/demo-report.ts'
import { type DemoResult, figuresOf, findings } from '../../src/cli/demo/demo-result.ts'
import { createPaint } from '../../src/cli/terminal/paint.ts'

const NONE = { received: 0, dispatched: 0, processed: 0, ignored: 0, dead: 0, unrouted: 0, parked: 0 }

function resultOf(parts: {
  accepted?: number
  events?: Partial<typeof NONE>
  unfinished?: number
  differences?: string[]
  surprises?: string[]
  unrecovered?: number
}): DemoResult {
  const { accepted = 10, events = { processed: 7, ignored: 2, unrouted: 1 } } = parts
  const { unfinished = 0, differences = [], surprises = [], unrecovered = 0 } = parts
  return {
    senders: {
      accepted,
      duplicates: 3,
      rejected: new Map([
        ['stale_timestamp', 1],
        ['invalid_signature', 4],
      ]),
      bySource: new Map([['shop', accepted]]),
      ackMs: { p50: 2.14, p99: 41.7 },
      surprises,
    },
    losses: { lost: 2, unrecovered },
    overview: {
      events: { ...NONE, ...events },
      unfinished,
      closedMs: { p50: 90, p99: 1234 },
      deadLetters: new Map(events.dead === undefined ? [] : [['unexpected_state', events.dead]]),
    },
    reads: { total: 12, failed: 1 },
    mirror: { entities: 5, gone: 1, differences },
  }
}

test('a run in which everything was closed well has no findings, and its figures add up', () => {
  const result = resultOf({})
  assert.deepEqual(findings(result), [])
  assert.deepEqual(figuresOf(result), {
    accepted: 10,
    duplicates: 3,
    rejected: 5,
    processed: 10,
    dead: 0,
    recovered: 0,
  })
})

test('an event in the inbox that no answered webhook brought counts as recovered', () => {
  const result = resultOf({ accepted: 9 })
  assert.equal(figuresOf(result).recovered, 1)
  assert.deepEqual(findings(result), [])
})

const wrong: [name: string, parts: Parameters<typeof resultOf>[0], finding: RegExp][] = [
  ['nothing that was accepted', { accepted: 0, events: {} }, /No event was accepted/],
  ['a lost event', { accepted: 11 }, /1 accepted events are not in the inbox/],
  ['a dead event', { events: { processed: 9, dead: 1 } }, /1 events are dead letters: unexpected_state 1\./],
  ['a parked event', { events: { processed: 9, parked: 1 } }, /1 events are parked/],
  ['an open event', { events: { processed: 9, dispatched: 1 } }, /10 events were stored, 9 closed/],
  ['an event that stayed lost', { unrecovered: 1 }, /1 events are still lost that a provider lists/],
  ['an open run', { unfinished: 2 }, /2 runs are not closed/],
  ['a mirror that differs', { differences: ['a', 'b', 'c', 'd', 'e'] }, /not the truth: a; b; c; and 2 more\./],
  ['a wrong answer', { surprises: ['a forgery was acknowledged'] }, /answered wrongly: a forgery was acknowledged\./],
]

for (const [name, parts, finding] of wrong) {
  test(`${name} is found`, () => {
    const found = findings(resultOf(parts))
    assert.ok(
      found.some((sentence) => finding.test(sentence)),
      found.join('\n'),
    )
  })
}

test('the report shows the figures, the reasons by their number, and what is wrong in place of praise', () => {
  const plain = createPaint(false)
  const well = reportLines(resultOf({}), plain).join('\n')
  assert.match(well, /refused +5 +invalid_signature 4 · stale_timestamp 1/)
  assert.match(well, /answered in +2\.1 ms +half of them; 99 of 100 in 42 ms/)
  assert.match(well, /closed in +90 ms +half of them; 99 of 100 in 1\.2 s/)
  assert.match(well, /✓ The mirror in Postgres equals what the providers hold: 5 entities, 1 of them gone/)
  const badly = reportLines(resultOf({ differences: ['a'] }), plain).join('\n')
  assert.match(badly, /✗ The mirror is not the truth: a\./)
  assert.doesNotMatch(badly, /✓/)
})
