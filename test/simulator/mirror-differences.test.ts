import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mirrorDifferences } from '../../src/simulator/mirror-differences.ts'

const invoice = { kind: 'invoice', id: 'in_1' }
const customer = { kind: 'customer', id: 'cus_1' }

test('an exact mirror has no differences, whatever the order of rows and fields', () => {
  const truths = [
    { entity: invoice, state: { status: 'paid', lines: [1, 2] } },
    { entity: customer, state: undefined },
  ]
  const mirror = [
    { entity: { ...customer }, state: undefined },
    { entity: { ...invoice }, state: { lines: [1, 2], status: 'paid' } },
  ]
  assert.deepEqual(mirrorDifferences(truths, mirror), [])
})

const differing: [name: string, truth: unknown, mirrored: unknown, sentence: string][] = [
  ['an older state', { status: 'paid' }, { status: 'open' }, 'is not in its last state'],
  ['what is gone, but kept', undefined, { status: 'open' }, 'is kept, although it is gone'],
  ['what is there, but a tombstone', { status: 'open' }, undefined, 'is a tombstone, although it is there'],
]

for (const [name, truth, mirrored, sentence] of differing) {
  test(`${name} is a difference`, () => {
    const differences = mirrorDifferences([{ entity: invoice, state: truth }], [{ entity: invoice, state: mirrored }])
    assert.deepEqual(differences, [`invoice in_1 ${sentence}`])
  })
}

test('what is missing and what never existed are differences', () => {
  const differences = mirrorDifferences([{ entity: invoice, state: {} }], [{ entity: customer, state: {} }])
  assert.deepEqual(differences, ['invoice in_1 is missing', 'customer cus_1 never existed'])
})
