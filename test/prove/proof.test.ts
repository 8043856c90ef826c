import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isProven, type Proof } from '../../src/prove/proof.ts'

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
