import assert from 'node:assert/strict'
import { test } from 'node:test'
import { proofLines } from '../../src/cli/prove.ts'
import { createPaint } from '../../src/cli/terminal/paint.ts'
import { notShown } from '../../src/prove/not-shown.ts'
import { isProven, type Proof, toJson } from '../../src/prove/proof.ts'

const proven: Proof = {
  sent: 10,
  acknowledged: 9,
  forged: 1,
  recovered: 1,
  covered: 0,
  withheld: 1,
  poisoned: 0,
  maxLagMs: 50,
  slowest: 'stripe evt_1',
  findings: [],
  differences: [],
  faults: { kill: 4 },
  skipped: 0,
  silent: [],
  unwary: [],
  unread: [],
  crashes: 0,
  unfinished: 0,
  isCutShort: false,
}

test('nothing is proven by a run that found something, left something open, or gave up before its end', () => {
  assert.ok(isProven(proven))
  const finding = { kind: 'lost', source: 'stripe', eventId: 'evt_1', what: 'was never recovered' } as const
  assert.ok(!isProven({ ...proven, findings: [finding] }))
  assert.ok(!isProven({ ...proven, differences: ['stripe customer cus_1 is missing'] }))
  assert.ok(!isProven({ ...proven, unfinished: 1 }))
  assert.ok(!isProven({ ...proven, isCutShort: true }))
})

test('nothing is proven by a run in which nothing was tried, and it says what', () => {
  const told = (changes: Partial<Proof>): string[] => {
    assert.ok(!isProven({ ...proven, ...changes }))
    return notShown({ ...proven, ...changes })
  }
  assert.deepEqual(notShown(proven), [])
  assert.deepEqual(told({ acknowledged: 0 }), ['No webhook was acknowledged.'])
  assert.deepEqual(told({ silent: ['github'] }), ['No webhook of github was acknowledged.'])
  assert.deepEqual(told({ faults: { stop: 3 } }), ['No process was killed.'])
  assert.deepEqual(told({ forged: 0 }), ['No forgery was refused for being one.'])
  assert.deepEqual(told({ unwary: ['github'] }), ['No forgery at github was refused for being one.'])
  assert.deepEqual(told({ unread: ['stripe'] }), ['Nobody has read the list of stripe since the last event.'])
  const unneeded = ['No event lost its webhook, so none had to be recovered.']
  assert.deepEqual(told({ withheld: 0, recovered: 0, covered: 0 }), unneeded)
})

test('a script reads what was not shown, and how many webhooks were refused', () => {
  const refused = { kind: 'refused', source: 'github', eventId: '1', what: 'was refused' } as const
  const json = toJson({ ...proven, findings: [refused], faults: {} }) as { refused: number; detail: object }
  assert.equal(json.refused, 1)
  assert.deepEqual('not_shown' in json.detail && json.detail.not_shown, ['No process was killed.'])
})

test('people are told what was not shown in place of a success', () => {
  const paint = createPaint(false)
  const lines = (proof: Proof) => proofLines(proof, { again: 'npx posthorn prove', paint }).join('\n')
  assert.match(lines(proven), /✓ Every event was processed once/)
  assert.match(lines({ ...proven, faults: {} }), /✗ Not proven: No process was killed\./)
  assert.doesNotMatch(lines({ ...proven, faults: {} }), /✓/)
})
