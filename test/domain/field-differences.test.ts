import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fieldDifferences } from '../../src/domain/field-differences.ts'

test('equal values differ nowhere, whatever the order of their fields', () => {
  const one = { a: 1, b: { c: [1, { d: null }] } }
  assert.deepEqual(fieldDifferences(one, { b: { c: [1, { d: null }] }, a: 1 }, 10), [])
})

test('a difference is told by its path; a side that lacks the field has no value', () => {
  const before = { status: 'open', lines: [{ amount: 1 }, { amount: 2 }], note: null, old: true }
  const after = { status: 'paid', lines: [{ amount: 1 }, { amount: 3 }, { amount: 4 }], note: 'x' }
  assert.deepEqual(fieldDifferences(before, after, 10), [
    { path: 'status', before: 'open', after: 'paid' },
    { path: 'lines[1].amount', before: 2, after: 3 },
    { path: 'lines[2]', after: { amount: 4 } },
    { path: 'note', before: null, after: 'x' },
    { path: 'old', before: true },
  ])
})

test('values of other kinds differ as wholes, and no more than so many are told', () => {
  assert.deepEqual(fieldDifferences([1], { 0: 1 }, 10), [{ path: '', before: [1], after: { 0: 1 } }])
  assert.equal(fieldDifferences([1, 2, 3, 4], [5, 6, 7, 8], 2).length, 2)
})
