import { stripe } from '../../providers/stripe/index.ts'
import type { Random } from '../random.ts'
import type { ApiReply, Change, World } from '../world.ts'
import { INVOICE_STEPS } from './invoice-steps.ts'
import { listEvents } from './list-events.ts'
import { createObjectStore, type ObjectStore } from './object-store.ts'
import { listOf, newCustomer, newInvoice, type StripeObject, unixTime } from './stripe-objects.ts'

/** A Stripe account: customers come, change and go; invoices are drawn up, finalised, paid, refused or voided. */
export function createStripeWorld(random: Random): World {
  const store = createObjectStore(random)
  return {
    provider: stripe,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    signsTime: true,
    redelivers: true,
    change: (now) =>
      store.present('customer').length === 0 || random.chance(0.3)
        ? changeCustomer(store, random, unixTime(now))
        : changeInvoice(store, random, now),
    read: ({ pathname, searchParams }) =>
      pathname === '/v1/events'
        ? listEvents(store.events, searchParams)
        : readObject(pathname, [...store.all(), ...store.events]),
    explain: (status) => ({ error: { type: 'invalid_request_error', message: `Answered ${status}.` } }),
    truth: store.truth,
  }
}

function changeCustomer(store: ObjectStore, random: Random, now: number): Change {
  const customers = store.present('customer')
  if (customers.length < 3 || random.chance(0.4)) return store.create(newCustomer(random, now), now)
  const customer = random.pick(customers)
  if (random.chance(0.15)) return store.remove(customer, now)
  return store.update(customer, now, { type: 'customer.updated', changes: { phone: `+3531${random.digits(7)}` } })
}

function changeInvoice(store: ObjectStore, random: Random, at: Date): Change {
  const now = unixTime(at)
  const due = store.present('invoice').filter((invoice) => stepsOf(invoice).length > 0)
  if (due.length < 3 || random.chance(0.25)) {
    return store.create(newInvoice(random, random.pick(store.present('customer')), now), now)
  }
  const invoice = random.pick(due)
  const { type, changes } = random.pick(stepsOf(invoice))
  return store.update(invoice, now, { type, changes: changes(invoice, { now: at, random }) })
}

const stepsOf = (invoice: StripeObject) => INVOICE_STEPS[String(invoice['status'])] ?? []

/** One object of a collection, or the latest of them. */
function readObject(path: string, objects: readonly StripeObject[]): ApiReply | undefined {
  const [, collection, id] = /^\/v1\/(\w+)s(?:\/(\w+))?$/.exec(path) ?? []
  const inCollection = objects.filter((candidate) => candidate.object === collection)
  if (collection !== undefined && id === undefined) return { status: 200, body: listOf(path, inCollection.slice(-10)) }
  const found = inCollection.find((candidate) => candidate.id === id)
  return found && { status: 200, body: found }
}
