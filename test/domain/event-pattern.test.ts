import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertEventPattern, compareSpecificity, matchesEvent } from '../../src/domain/event-pattern.ts'

test('a pattern matches whole names, and only its star is special', () => {
  assert.ok(matchesEvent('stripe/invoice.paid', 'stripe', 'invoice.paid'))
  assert.ok(matchesEvent('stripe/customer.*', 'stripe', 'customer.subscription.updated'))
  assert.ok(matchesEvent('github/*', 'github', 'push'))
  assert.ok(!matchesEvent('stripe/customer.*', 'stripe', 'customerXupdated'))
  assert.ok(!matchesEvent('stripe/invoice.paid', 'stripe', 'invoice.paid.twice'))
  assert.ok(!matchesEvent('stripe/*', 'github', 'push'))
})

test('the more specific pattern comes first', () => {
  const patterns = ['stripe/*', 'stripe/customer.*', 'stripe/customer.deleted', 'stripe/customer.subscription.*']
  assert.deepEqual(patterns.toSorted(compareSpecificity), [
    'stripe/customer.deleted',
    'stripe/customer.subscription.*',
    'stripe/customer.*',
    'stripe/*',
  ])
})

test('what is not a pattern is refused with an example', () => {
  for (const wrong of ['invoice.paid', 'stripe/', '/x', 'stripe/a b', '']) {
    assert.throws(() => assertEventPattern(wrong), /write provider\/type, for example/)
  }
})
