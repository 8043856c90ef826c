import assert from 'node:assert/strict'
import { test } from 'node:test'
import Stripe from 'stripe'
import { VerificationError } from 'posthorn/provider'
import { providerConformance, signedRequest } from 'posthorn/testing'
import type { ProviderApi } from '../../src/providers/api.ts'
import { calendly } from '../../src/providers/calendly/index.ts'

const SECRET = '5mEzn9C-I28UtwOjZJtFoob0sAAFZ95GbZkqj4y3i0I'
const OLD_SECRET = 'an older signing key of some length'
const NOW = 1_767_225_600
const API = 'https://api.calendly.com'
const MEETING = `${API}/scheduled_events/GBGBDCAADAEDCRZ2`

const invitee = {
  uri: `${MEETING}/invitees/AAAAAAAAAAAAAAAA`,
  email: 'ada@example.com',
  name: 'Ada Lovelace',
  status: 'active',
  rescheduled: false,
  event: MEETING,
  created_at: '2025-12-31T23:59:49.000000Z',
  updated_at: '2025-12-31T23:59:49.000000Z',
  questions_and_answers: [],
  scheduled_event: {
    uri: MEETING,
    name: '15 Minute Meeting',
    status: 'active',
    start_time: '2026-01-15T10:00:00.000000Z',
    end_time: '2026-01-15T10:15:00.000000Z',
  },
}
const created = {
  event: 'invitee.created',
  created_at: '2025-12-31T23:59:50.000000Z',
  created_by: `${API}/users/BBBBBBBBBBBBBBBB`,
  payload: invitee,
}
const eventType = {
  event: 'event_type.deleted',
  created_at: created.created_at,
  payload: { uri: `${API}/event_types/CCCCCCCCCCCCCCCC`, name: '15 Minute Meeting' },
}

providerConformance(calendly, {
  body: Buffer.from(JSON.stringify(created)),
  type: 'invitee.created',
  id: `invitee.created:${invitee.uri}:${created.created_at}`,
  secrets: [SECRET, OLD_SECRET],
  signatureHeader: 'calendly-webhook-signature',
  malformedSignatures: ['t=1767225600', `v1=${'a'.repeat(64)}`, `t=1767225600,t=1767225600,v1=${'a'.repeat(64)}`],
  time: {
    tolerance: 180,
    replace: (headers, time) => ({
      ...headers,
      'calendly-webhook-signature': (headers['calendly-webhook-signature'] ?? '').replace(/t=\d+/, `t=${time}`),
    }),
  },
  canonical: {
    entity: { kind: 'scheduled_event', id: 'GBGBDCAADAEDCRZ2' },
    path: '/scheduled_events/GBGBDCAADAEDCRZ2',
    probePath: '/users/me',
  },
})

const identify = (body: object) =>
  calendly.identify(signedRequest(calendly, { body, secret: SECRET, now: NOW }))[0] ?? assert.fail()

const refusedAs = (code: string) => (error: unknown) => error instanceof VerificationError && error.code === code

test('signs and verifies as the official package for the same scheme does', () => {
  const { webhooks } = new Stripe('sk_test_unused')
  const request = signedRequest(calendly, { body: created, secret: SECRET, now: NOW })
  const payload = request.body.toString()
  const verified = webhooks.constructEvent(
    payload,
    request.headers['calendly-webhook-signature'] ?? '',
    SECRET,
    180,
    undefined,
    NOW * 1000,
  )
  assert.deepEqual(verified, created)
  const theirs = webhooks.generateTestHeaderString({ payload, secret: SECRET, timestamp: NOW })
  const headers = { 'calendly-webhook-signature': theirs }
  assert.deepEqual(calendly.verify({ ...request, headers }, [OLD_SECRET, SECRET], NOW), { secretIndex: 1 })
  assert.throws(() => calendly.verify({ ...request, headers }, [OLD_SECRET], NOW), refusedAs('invalid_signature'))
})

test('refuses a header with two times, whichever of them is signed', () => {
  const request = signedRequest(calendly, { body: created, secret: SECRET, now: NOW })
  const signed = request.headers['calendly-webhook-signature'] ?? ''
  for (const header of [`t=${NOW - 1},${signed}`, `${signed},t=${NOW - 1}`, `t=${NOW},${signed}`]) {
    const headers = { 'calendly-webhook-signature': header }
    assert.throws(() => calendly.verify({ ...request, headers }, [SECRET], NOW), refusedAs('bad_timestamp'), header)
  }
})

test('what happens to an invitee is about the meeting, and everything else about itself', () => {
  assert.deepEqual(identify(created), {
    id: `invitee.created:${invitee.uri}:${created.created_at}`,
    type: 'invitee.created',
    entity: { kind: 'scheduled_event', id: 'GBGBDCAADAEDCRZ2' },
    occurredAt: new Date('2025-12-31T23:59:50Z'),
  })
  const { scheduled_event: _, ...bare } = invitee
  assert.equal(identify({ ...created, payload: bare }).entity?.id, 'GBGBDCAADAEDCRZ2')
  const submission = { uri: `${API}/routing_form_submissions/DDDD-1`, questions_and_answers: [] }
  assert.deepEqual(identify({ ...created, event: 'routing_form_submission.created', payload: submission }).entity, {
    kind: 'routing_form_submission',
    id: 'DDDD-1',
  })
})

test('only the deletion of the very entity says that it is gone', () => {
  assert.deepEqual(identify(eventType).entity, { kind: 'event_type', id: 'CCCCCCCCCCCCCCCC' })
  assert.equal(identify(eventType).deletes, true)
  assert.equal(identify({ ...created, event: 'invitee_no_show.deleted' }).deletes, undefined)
})

test('tells what happens twice to one invitee apart, and has no key where a part of it is missing', () => {
  const again = { ...created, created_at: '2026-01-01T08:00:00.000000Z' }
  const canceled = { ...created, event: 'invitee.canceled' }
  assert.equal(new Set([created, again, canceled].map((body) => identify(body).id)).size, 3)
  assert.equal(identify({ event: 'invitee.created', payload: invitee }).id, undefined)
  assert.throws(() => identify({ payload: invitee }), refusedAs('malformed_body'))
})

test('has schemas that fit real shapes and name what does not', () => {
  const issues = (type: string, body: object) =>
    calendly.schemas[type]?.safeParse(body).error?.issues.map(({ path }) => path.join('.'))
  assert.equal(issues('invitee.created', created), undefined)
  assert.equal(issues('event_type.deleted', eventType), undefined)
  assert.deepEqual(issues('invitee.created', { ...created, payload: { ...invitee, status: 'gone' } }), [
    'payload.status',
  ])
})

function apiOf(...answers: unknown[]): { api: ProviderApi; paths: string[] } {
  const paths: string[] = []
  const get = (path: string) => {
    const json = answers[paths.push(path) - 1]
    return Promise.resolve({ status: 200, headers: new Headers(), json })
  }
  return { api: { get, post: () => assert.fail('nothing is posted') }, paths }
}

test('takes what an answer wraps for the state', async () => {
  const { api } = apiOf({ resource: { uri: MEETING, status: 'canceled' } })
  const read = await calendly.canonical.fetch(api, { kind: 'scheduled_event', id: 'GBGBDCAADAEDCRZ2' })
  assert.deepEqual(read, { found: true, state: { uri: MEETING, status: 'canceled' } })
})

test('lists the meetings of an organization or a user, page by page, and nothing without being told whose', async () => {
  const meeting = { uri: MEETING, status: 'active', updated_at: '2025-12-31T23:59:49Z', name: 'not compared' }
  const { api, paths } = apiOf(
    { collection: [meeting, null], pagination: { next_page_token: 'sNjq4TvMDfUHEl7zHRR0k0E1PCEJWvdi' } },
    { collection: [], pagination: { next_page_token: null } },
  )
  const request = { kind: 'scheduled_event', place: '/organizations/EEEE' }
  const first = await calendly.entityListing.page(api, request)
  const { name: __, ...state } = meeting
  assert.deepEqual(first, {
    entities: [
      { entity: { kind: 'scheduled_event', id: 'GBGBDCAADAEDCRZ2' }, state, changedAt: new Date(state.updated_at) },
    ],
    next: 'sNjq4TvMDfUHEl7zHRR0k0E1PCEJWvdi',
  })
  const last = await calendly.entityListing.page(api, { ...request, cursor: first.next ?? '' })
  assert.deepEqual(last, { entities: [] })
  const [query, following] = paths.map((path) => new URL(path, API).searchParams)
  assert.equal(query?.get('organization'), `${API}/organizations/EEEE`)
  assert.equal(following?.get('page_token'), first.next)
  for (const place of [undefined, '/groups/EEEE', '/users/']) {
    const attempt = calendly.entityListing.page(api, { kind: 'scheduled_event', ...(place !== undefined && { place }) })
    await assert.rejects(attempt, /set api\.listing/)
  }
  assert.equal(paths.length, 2)
})

test('warns of a short key', () => {
  assert.equal(calendly.checkSecret(SECRET), undefined)
  assert.match(calendly.checkSecret('short') ?? '', /16 characters/)
})
