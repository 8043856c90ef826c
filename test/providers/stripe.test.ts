import assert from 'node:assert/strict'
import { test } from 'node:test'
import Stripe from 'stripe'
import { VerificationError } from 'posthorn/provider'
import { signedRequest } from 'posthorn/testing'
import type { ProviderApi } from '../../src/providers/api.ts'
import type { IdentifiedEvent } from '../../src/providers/provider.ts'
import { stripe } from '../../src/providers/stripe/index.ts'
import { customer, invoicePaid, meterErrors, stripeEvent, subscription } from './stripe-events.ts'

const SECRET = 'whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH'
const OLD_SECRET = 'whsec_QlKsbPpmLDUmjeQbVSDMvAcjBkjZwRaw'
const NOW = 1_767_225_600
const official = new Stripe('sk_test_unused')

const requestOf = (body: object) => signedRequest(stripe, { body, secret: SECRET, now: NOW })

function identify(body: object): IdentifiedEvent {
  const [identified] = stripe.identify(requestOf(body))
  return identified ?? assert.fail('nothing was identified')
}

const withSignature = (signature: string) => {
  const request = requestOf(invoicePaid)
  return { ...request, headers: { ...request.headers, 'stripe-signature': signature } }
}

const refusedAs = (code: string) => (error: unknown) => error instanceof VerificationError && error.code === code

test('verifies what the official package signs', () => {
  const { body } = requestOf(invoicePaid)
  const signature = official.webhooks.generateTestHeaderString({
    payload: body.toString(),
    secret: SECRET,
    timestamp: NOW,
  })
  assert.deepEqual(stripe.verify(withSignature(signature), [SECRET], NOW), { secretIndex: 0 })
})

test('is verified by the official package, with other bytes and another secret refused', () => {
  const { body, headers } = requestOf(invoicePaid)
  const signature = headers['stripe-signature'] ?? ''
  const construct = (payload: Buffer, secret: string) =>
    official.webhooks.constructEvent(payload, signature, secret, 300, undefined, NOW * 1000)
  assert.equal(construct(body, SECRET).id, invoicePaid.id)
  assert.throws(() => construct(Buffer.concat([body, Buffer.from(' ')]), SECRET))
  assert.throws(() => construct(body, OLD_SECRET))
})

test('accepts any v1 of several, wherever it stands', () => {
  const good = requestOf(invoicePaid).headers['stripe-signature'] ?? ''
  const [time = '', v1 = ''] = good.split(',')
  const other = `v1=${'0'.repeat(64)}`
  for (const signature of [
    `${time},${v1},${other}`,
    `${time},${other},${v1}`,
    `${other},${v1},${time},v0=zz`,
    `${time},v2=x,${v1}`,
  ]) {
    assert.deepEqual(stripe.verify(withSignature(signature), [SECRET], NOW), { secretIndex: 0 }, signature)
  }
})

test('accepts no v0, although it holds the right digest', () => {
  const good = requestOf(invoicePaid).headers['stripe-signature'] ?? ''
  assert.throws(
    () => stripe.verify(withSignature(good.replace('v1=', 'v0=')), [SECRET], NOW),
    refusedAs('invalid_signature'),
  )
})

test('refuses upper-case hex and digits behind the digest', () => {
  const [time = '', v1 = ''] = (requestOf(invoicePaid).headers['stripe-signature'] ?? '').split(',')
  for (const v of [`v1=${v1.slice(3).toUpperCase()}`, `${v1}zz`, `${v1}=`, ` ${v1}`]) {
    assert.throws(() => stripe.verify(withSignature(`${time},${v}`), [SECRET], NOW), refusedAs('invalid_signature'), v)
  }
})

test('tells a missing time from one that is no number', () => {
  const v1 = `v1=${'0'.repeat(64)}`
  const verify = (signature: string) => () => stripe.verify(withSignature(signature), [SECRET], NOW)
  assert.throws(verify(v1), refusedAs('missing_timestamp'))
  assert.throws(verify(`t=,${v1}`), refusedAs('missing_timestamp'))
  assert.throws(verify(`t=abc,${v1}`), refusedAs('bad_timestamp'))
  assert.throws(verify(`t=${NOW},t=${NOW},${v1}`), refusedAs('bad_timestamp'))
  assert.throws(verify('invalid-signature'), refusedAs('invalid_signature'))
})

test('calls a stale request stale only once its signature holds', () => {
  const late = NOW + 301
  assert.throws(() => stripe.verify(requestOf(invoicePaid), [SECRET], late), refusedAs('stale_timestamp'))
  assert.throws(() => stripe.verify(requestOf(invoicePaid), [OLD_SECRET], late), refusedAs('invalid_signature'))
})

test('identifies a snapshot event', () => {
  assert.deepEqual(identify({ ...invoicePaid, account: 'acct_1QConnected00001' }), {
    id: invoicePaid.id,
    type: 'invoice.paid',
    entity: { kind: 'invoice', id: 'in_1QInvoice000000000000001' },
    occurredAt: new Date('2025-12-31T23:59:50Z'),
    apiVersion: '2026-10-28.endive',
    account: 'acct_1QConnected00001',
  })
})

test('identifies a thin event', () => {
  assert.deepEqual(identify(meterErrors), {
    id: meterErrors.id,
    type: 'v1.billing.meter.error_report_triggered',
    entity: { kind: 'billing.meter', id: 'mtr_test_61QMeter0001' },
    occurredAt: new Date('2025-12-31T23:59:50Z'),
    account: 'acct_1QConnected00001',
  })
})

test('identifies an event about something that has no ID yet, or no known shape', () => {
  const upcoming = stripeEvent('invoice.upcoming', { object: 'invoice', amount_due: 100 })
  assert.equal(identify(upcoming).entity, undefined)
  assert.equal(identify({ id: 'evt_1', type: 'anything.new' }).type, 'anything.new')
  assert.equal(identify({ type: 'anything.new' }).id, undefined)
  assert.throws(() => identify({ id: 'evt_1' }), refusedAs('malformed_body'))
})

test('drops a time that nobody could store', () => {
  for (const created of [Number.MAX_SAFE_INTEGER, -1, 'soon', null]) {
    assert.equal(identify({ ...invoicePaid, created }).occurredAt, undefined)
  }
})

test('says that what was deleted is gone, except a subscription, which is only cancelled', () => {
  assert.equal(identify(stripeEvent('customer.deleted', customer)).deletes, true)
  assert.equal(identify(stripeEvent('customer.subscription.deleted', subscription)).deletes, undefined)
  assert.equal(identify(stripeEvent('customer.updated', customer)).deletes, undefined)
})

test('has schemas that fit real shapes and name what does not', () => {
  const issues = (type: string, body: object) =>
    stripe.schemas[type]?.safeParse(body).error?.issues.map(({ path }) => path.join('.'))
  assert.equal(issues('invoice.paid', invoicePaid), undefined)
  assert.equal(issues('customer.deleted', stripeEvent('customer.deleted', customer)), undefined)
  const cancelled = stripeEvent('customer.subscription.deleted', { ...subscription, customer: { id: 'cus_expanded' } })
  assert.equal(issues('customer.subscription.deleted', cancelled), undefined)

  const noAmount = { ...invoicePaid.data.object, amount_due: undefined }
  assert.deepEqual(issues('invoice.paid', stripeEvent('invoice.paid', noAmount)), ['data.object.amount_due'])
  const euros = { ...invoicePaid.data.object, amount_due: 42.5, currency: 'EUR' }
  assert.deepEqual(issues('invoice.paid', stripeEvent('invoice.paid', euros)), [
    'data.object.amount_due',
    'data.object.currency',
  ])
  assert.ok(issues('invoice.paid', stripeEvent('invoice.paid', customer))?.includes('data.object.object'))
  assert.equal(stripe.schemas['invoice.upcoming'], undefined)
})

test('takes the stub of a deleted customer for gone', async () => {
  const api: ProviderApi = {
    post: () => assert.fail('nothing is posted'),
    get: () => Promise.resolve({ status: 200, headers: new Headers(), json: { id: 'cus_1', deleted: true } }),
  }
  assert.deepEqual(await stripe.canonical.fetch(api, { kind: 'customer', id: 'cus_1' }), { found: false })
})

test('reads and probes on behalf of the account that the event is from', async () => {
  const asked: unknown[] = []
  const api: ProviderApi = {
    post: () => assert.fail('nothing is posted'),
    get: (path, headers) => {
      asked.push([path, headers])
      return Promise.resolve({ status: 200, headers: new Headers(), json: { id: 'cs_1' } })
    },
  }
  const session = { kind: 'checkout.session', id: 'cs_1' }
  await stripe.canonical.fetch(api, session, 'acct_1')
  await stripe.canonical.probe(api, session, 'acct_1')
  await stripe.canonical.fetch(api, session)
  assert.deepEqual(asked, [
    ['/v1/checkout/sessions/cs_1', { 'stripe-account': 'acct_1' }],
    ['/v1/checkout/sessions?limit=1', { 'stripe-account': 'acct_1' }],
    ['/v1/checkout/sessions/cs_1', {}],
  ])
})

test('warns of a secret that is not the secret of an endpoint', () => {
  assert.equal(stripe.checkSecret(SECRET), undefined)
  assert.match(stripe.checkSecret('sk_test_51QAnApiKeyIsNotAnEndpointSecret') ?? '', /whsec_/)
  assert.match(stripe.checkSecret(` ${SECRET}`) ?? '', /whitespace/)
  assert.match(stripe.checkSecret('whsec_short') ?? '', /shorter/)
})
