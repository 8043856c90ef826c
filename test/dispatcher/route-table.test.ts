import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventActivity, eventWorkflow, processed } from 'posthorn/workflow'
import { createRouteTable } from '../../src/dispatcher/route-table.ts'

const handler = async () => processed()

test('the export name is the handler and the workflow type; an activity route runs in the workflow of the engine', () => {
  const table = createRouteTable({
    invoicePaid: eventWorkflow('stripe/invoice.paid', handler),
    customer: eventActivity('stripe/customer.*', 'syncCustomer'),
    aConstant: 42,
    nothing: undefined,
  })
  assert.deepEqual(
    table.routes.map(({ pattern, handler: name, workflowType, kind }) => [pattern, name, workflowType, kind]),
    [
      ['stripe/invoice.paid', 'invoicePaid', 'invoicePaid', 'workflow'],
      ['stripe/customer.*', 'syncCustomer', 'posthornActivity', 'activity'],
    ],
  )
  assert.equal(table.workflowTypeOf('syncCustomer'), 'posthornActivity')
  assert.equal(table.workflowTypeOf('mirror'), 'posthornMirror')
  assert.equal(table.workflowTypeOf('gone'), undefined)
})

test('the most specific pattern owns an event', () => {
  const table = createRouteTable({
    anything: eventWorkflow('stripe/*', handler),
    customers: eventWorkflow('stripe/customer.*', handler),
    deleted: eventWorkflow('stripe/customer.deleted', handler),
  })
  const owner = (type: string) => table.find('stripe', type)?.handler
  assert.deepEqual(
    [owner('customer.deleted'), owner('customer.updated'), owner('charge.failed')],
    ['deleted', 'customers', 'anything'],
  )
  assert.equal(table.find('github', 'push'), undefined)
})

test('two owners of one pattern, ambiguous names and reserved names are refused together', () => {
  assert.throws(
    () =>
      createRouteTable({
        one: eventWorkflow('stripe/invoice.paid', handler),
        two: eventWorkflow('stripe/invoice.paid', handler),
        mirror: eventWorkflow('stripe/refund.created', handler),
        three: eventActivity('github/push', 'one'),
      }),
    (error: Error) =>
      /two owners: (one and two|two and one)/.test(error.message) &&
      error.message.includes('mirror is a name of the engine') &&
      error.message.includes('one is the name of a workflow and of an activity'),
  )
})

test('the hash follows the routes, not the order of the exports', () => {
  const a = eventWorkflow('stripe/a', handler)
  const b = eventWorkflow('stripe/b', handler)
  assert.equal(createRouteTable({ a, b }).hash, createRouteTable({ b, a }).hash)
  assert.notEqual(createRouteTable({ a, b }).hash, createRouteTable({ a }).hash)
  assert.notEqual(createRouteTable({ a }).hash, createRouteTable({ renamed: a }).hash)
})

test('a pattern that is no pattern is refused where it is written', () => {
  assert.throws(() => eventWorkflow('invoice.paid' as 'stripe/x', handler), /not an event pattern/)
})
