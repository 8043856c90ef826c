import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventWorkflowId, parseEventWorkflowId } from '../../src/domain/workflow-id.ts'

const run = { source: 'stripe', eventId: 'evt_1', handler: 'stripeInvoicePaid', attempt: 1, key: '0f0f' }

test('a workflow ID names source, event and handler, and the attempt from the second on', () => {
  assert.equal(eventWorkflowId(run), 'event/stripe/evt_1/stripeInvoicePaid')
  assert.equal(eventWorkflowId({ ...run, attempt: 2 }), 'event/stripe/evt_1/stripeInvoicePaid#2')
})

test('an event ID cannot forge the workflow ID of another run', () => {
  const ids = [
    { eventId: 'a/b' },
    { eventId: 'a', handler: 'b' },
    { eventId: 'a%2Fb' },
    { eventId: 'a#2' },
    { eventId: 'a', attempt: 2 },
    { eventId: '~0f0f' },
  ].map((forged) => eventWorkflowId({ ...run, handler: 'x', ...forged }))
  assert.equal(new Set(ids).size, ids.length)
})

test('a long or exotic event ID stays within 200 bytes, one ID for each event', () => {
  const long = { ...run, eventId: '\u00e9'.repeat(100) }
  const id = eventWorkflowId(long)
  assert.equal(id, 'event/stripe/~0f0f/stripeInvoicePaid')
  assert.ok(Buffer.byteLength(id) <= 200)
})

test('a workflow ID is read back as what it was made of', () => {
  const { key, ...named } = run
  for (const made of [
    named,
    { ...named, attempt: 12 },
    { ...named, eventId: 'a/b#2 %~\u00e9', source: 'my shop', handler: 'a/b' },
  ]) {
    assert.deepEqual(parseEventWorkflowId(eventWorkflowId({ key, ...made })), made)
  }
  const { eventId: _, ...hashed } = { ...run, attempt: 3 }
  assert.deepEqual(parseEventWorkflowId(eventWorkflowId({ ...hashed, eventId: 'x'.repeat(300) })), hashed)
})

test('other workflows have no run in their IDs', () => {
  for (const id of [
    '',
    'reconcile/stripe',
    'event/stripe/evt_1',
    'event/stripe/evt_1/a/b',
    'absorb/0f0f',
    'event/a/b/c#x',
    'event/%ff/b/c',
  ]) {
    assert.equal(parseEventWorkflowId(id), undefined)
  }
})
