import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failureShape } from '../../src/domain/failure-shape.ts'

const shape = (message: string, more: { handler?: string; code?: string } = {}): string =>
  failureShape({ handler: 'stripeInvoicePaid', code: 'no_such_order', message, ...more })

test('failures that differ in numbers, IDs, quotations, times and URLs only are alike', () => {
  const alike = [
    ['no order 17 of cus_A1b2', 'no order 98765 of cus_Zz9'],
    [
      'duplicate key (id)=(7f0c2a9e-1111-4222-8333-444455556666)',
      'duplicate key (id)=(00000000-aaaa-4bbb-8ccc-deadbeef0001)',
    ],
    [`order "shoes" isn't there`, `order "a large hat" isn't there`],
    [`Cannot read properties of undefined (reading 'id')`, `Cannot read properties of undefined (reading 'total')`],
    ['1,204.50 EUR at 12:30:01', '7 EUR at 2026-11-21T09:00:00.123Z'],
    ['GET https://api.example.com/v1/orders/shoes?page=next failed', 'GET https://api.example.com/v1/carts failed'],
    ['token eyJhbGciOiJIUzINiIsInRcCIkpXVCJ is bad', 'token kXVCJeyJhbGciOiJIUzINiIsInRcCI is bad'],
    ['too   many\nwords', 'too many words'],
  ] as const
  for (const [one, other] of alike) assert.equal(shape(one), shape(other))
})

test('failures of another handler, another code or in other words are not alike', () => {
  const kinds = [
    shape('no order 17'),
    shape('no customer 17'),
    shape('no order 17', { code: 'gone' }),
    shape('no order 17', { handler: 'githubPush' }),
    shape('GET https://api.example.com/1 failed'),
    shape('GET https://api.example.org/1 failed'),
  ]
  assert.equal(new Set(kinds).size, kinds.length)
})

test('an apostrophe is no quotation mark', () => {
  assert.notEqual(shape(`can't read, won't write`), shape(`can't write, won't write`))
})

test('a message of any length and content is worked through in no time', () => {
  for (const hostile of ['a'.repeat(1e6), 'a-'.repeat(1e6), `'`.repeat(1e6), 'http://'.repeat(1e5)]) {
    const startedAt = performance.now()
    shape(hostile)
    assert.ok(performance.now() - startedAt < 100)
  }
})
