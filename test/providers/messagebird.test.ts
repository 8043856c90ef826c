import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { parse } from 'node:querystring'
import { VerificationError } from 'posthorn/provider'
import { providerConformance, signedRequest } from 'posthorn/testing'
import type { ProviderApi } from '../../src/providers/api.ts'
import { signJwt } from '../../src/providers/jwt.ts'
import { birdDigest, legacyDigest } from '../../src/providers/messagebird/digest.ts'
import { messagebird } from '../../src/providers/messagebird/index.ts'
import { payloadOf } from '../../src/providers/payload.ts'
import type { WebhookRequest } from '../../src/providers/provider.ts'

const SECRET = 'PlLrKaqvZNRR5zAjm42ZT6q1SQxgbbGd'
const OLD_SECRET = '36efdd1aace2e26cd490f0d951138253'
const NOW = 1_767_225_600
const URL_OF_HOOK = 'https://hooks.example.com/webhooks/messagebird'

const messageCreated = {
  type: 'message.created',
  contact: { id: 'c1', msisdn: 31_612_345_678 },
  conversation: { id: '1414d2f2c2d34b2e9b5f9a2a9a2f6b0c', status: 'active' },
  message: {
    ...{ id: '5f3437fdb8444583aea093a047ac014b', conversationId: '1414d2f2c2d34b2e9b5f9a2a9a2f6b0c' },
    ...{ channelId: '2e15efafec384e1c82e9842075e87beb', platform: 'sms', direction: 'received', status: 'received' },
    ...{ type: 'text', content: { text: 'Hello' }, from: '+31612345678', to: '+31622222222' },
    ...{ createdDatetime: '2025-12-31T23:59:40Z', updatedDatetime: '2025-12-31T23:59:50Z' },
  },
}

const birdOutbound = {
  service: 'channels',
  event: 'sms.outbound',
  payload: {
    ...{
      id: '1d3ac3ce-6c35-44c4-8e2a-30f2d1e9b6c1',
      channelId: 'd4d6f5c6-5d1c-4b1d-8b44-3a1d4f0a9f11',
      status: 'delivered',
    },
    ...{ createdAt: '2025-12-31T23:59:40.1Z', updatedAt: '2025-12-31T23:59:50.2Z', direction: 'outgoing' },
  },
}

const report = {
  ...{ id: 'eef0ab57a9e049be946f3821568c2b2e', mccmnc: '20408', ported: '1', recipient: '31612345678' },
  ...{ reference: 'FOO', status: 'delivered', statusDatetime: '2019-01-11T09:17:11+00:00' },
}

/** A request without a body, as a status report is. `query` is written as it stands. */
const get = (query: string, headers: Record<string, string>): WebhookRequest => ({
  ...{ method: 'GET', url: `${URL_OF_HOOK}?${query}`, headers, body: Buffer.alloc(0) },
})

const queryOf = (fields: Record<string, string>): string => new URLSearchParams(fields).toString()

const post = (body: object): WebhookRequest =>
  signedRequest(messagebird, { body, secret: SECRET, now: NOW, url: URL_OF_HOOK })

const identify = (request: WebhookRequest) => messagebird.identify(request)[0] ?? assert.fail('nothing was identified')

const refusedAs = (code: string) => (error: unknown) => error instanceof VerificationError && error.code === code
const refused = refusedAs('invalid_signature')
const good = { secretIndex: 0 }

providerConformance(messagebird, {
  body: Buffer.from(JSON.stringify(messageCreated)),
  type: 'message.created',
  id: `message.created:${messageCreated.message.id}:received:2025-12-31T23:59:50Z`,
  url: URL_OF_HOOK,
  secrets: [SECRET, OLD_SECRET],
  signatureHeader: 'messagebird-signature-jwt',
  malformedSignatures: ['a.b.c', 'a.b', signJwt({}, 'other')],
  canonical: {
    entity: { kind: 'message', id: report.id },
    path: `/messages/${report.id}`,
    probePath: '/messages?limit=1',
  },
})

// What the Bird platform sends is told by its body, and signed in the scheme that has a time of its own.
providerConformance(messagebird, {
  body: Buffer.from(JSON.stringify(birdOutbound)),
  type: 'channels.sms.outbound',
  id: `channels:sms.outbound:${birdOutbound.payload.id}:delivered:${birdOutbound.payload.updatedAt}`,
  url: URL_OF_HOOK,
  secrets: [SECRET, OLD_SECRET],
  signatureHeader: 'messagebird-signature',
  requiredHeaders: ['messagebird-request-timestamp'],
  malformedSignatures: ['a'.repeat(64), Buffer.alloc(32).toString('base64')],
  time: { tolerance: 300, replace: (headers, time) => ({ ...headers, 'messagebird-request-timestamp': time }) },
  canonical: {
    entity: { kind: 'channel_message', id: 'c1/m1' },
    path: '/channels/c1/messages/m1',
    probePath: '/channels/c1/messages?limit=1',
  },
})

interface OfficialJwt {
  verify(url: string, payload: Buffer | null, jwt: string, key: unknown, options: object): Promise<unknown>
  VerifyOptions: new () => { jwtVerifyOptions: object }
}
interface OfficialLegacy {
  generate(request: object, key: string): Buffer
}
interface Vector {
  name: string
  method: string
  url: string
  token: string
  timestamp: string
  valid: boolean
  secret?: string
  payload?: string
}

const load = createRequire(import.meta.url)
const officialJwt = load('messagebird/lib/webhook-signature-jwt') as OfficialJwt
const officialLegacy = load('messagebird/lib/signature') as OfficialLegacy

function officialVerify({ url, body, headers }: WebhookRequest, secret: string, now: number): Promise<boolean> {
  const options = new officialJwt.VerifyOptions()
  options.jwtVerifyOptions = { ...options.jwtVerifyOptions, currentDate: new Date(now * 1000) }
  const key = createSecretKey(Buffer.from(secret))
  return officialJwt.verify(url, body, headers['messagebird-signature-jwt'] ?? '', key, options).then(
    () => true,
    () => false,
  )
}

test('judges the published vectors as the official package does', () => {
  const path = load.resolve('messagebird/lib/testdata/webhook-signature-jwt-reference.json')
  const vectors = JSON.parse(readFileSync(path, 'utf8')) as Vector[]
  assert.ok(vectors.length > 40)
  for (const { name, method, url, token, timestamp, valid, secret = 'none', payload = '' } of vectors) {
    const request = { method, url, headers: { 'messagebird-signature-jwt': token }, body: Buffer.from(payload) }
    const verify = () => messagebird.verify(request, [secret], Date.parse(timestamp) / 1000)
    if (valid) assert.deepEqual(verify(), good, name)
    else assert.throws(verify, VerificationError, name)
  }
})

test('is verified by the official package, with other bytes, another URL and another secret refused by both', async () => {
  const request = post(messageCreated)
  const cases: [WebhookRequest, string, boolean][] = [
    [request, SECRET, true],
    [{ ...request, body: Buffer.concat([request.body, Buffer.from(' ')]) }, SECRET, false],
    [{ ...request, body: Buffer.alloc(0) }, SECRET, false],
    [{ ...request, url: `${URL_OF_HOOK}?added=1` }, SECRET, false],
    [{ ...request, url: URL_OF_HOOK.replace('https', 'http') }, SECRET, false],
    [request, OLD_SECRET, false],
  ]
  for (const [one, secret, accepted] of cases) {
    assert.equal(await officialVerify(one, secret, NOW), accepted)
    if (accepted) assert.deepEqual(messagebird.verify(one, [secret], NOW), good)
    else assert.throws(() => messagebird.verify(one, [secret], NOW), refused)
  }
})

test('holds a token for its minute and five seconds around it, as the official package does', async () => {
  const request = post(messageCreated)
  for (const [offset, accepted] of [
    [-6, false],
    [-5, true],
    [0, true],
    [64, true],
    [65, false],
  ] as const) {
    const now = NOW + offset
    assert.equal(await officialVerify(request, SECRET, now), accepted, String(offset))
    if (accepted) assert.deepEqual(messagebird.verify(request, [SECRET], now), good)
    else assert.throws(() => messagebird.verify(request, [SECRET], now), refusedAs('stale_timestamp'))
  }
})

test('needs every claim of a token', () => {
  const request = post(messageCreated)
  const [, payload = ''] = (request.headers['messagebird-signature-jwt'] ?? '').split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
  const verifyWith = (changed: object) => () => {
    const token = signJwt(JSON.parse(JSON.stringify({ ...claims, ...changed })) as Record<string, unknown>, SECRET)
    return messagebird.verify({ ...request, headers: { 'messagebird-signature-jwt': token } }, [SECRET], NOW)
  }
  assert.deepEqual(verifyWith({})(), good)
  for (const changed of [
    { iss: 'Somebody' },
    { jti: undefined },
    { url_hash: undefined },
    { payload_hash: undefined },
    { payload_hash: 7 },
  ])
    assert.throws(verifyWith(changed), refused, JSON.stringify(changed))
  for (const name of ['nbf', 'exp']) {
    assert.throws(verifyWith({ [name]: undefined }), refusedAs('missing_timestamp'))
    assert.throws(verifyWith({ [name]: String(NOW) }), refusedAs('bad_timestamp'))
  }
})

test('never falls back from a bad token to the other scheme', () => {
  const { headers, ...request } = post(birdOutbound)
  assert.deepEqual(messagebird.verify({ ...request, headers }, [SECRET], NOW), good)
  const both = { ...headers, 'messagebird-signature-jwt': signJwt({ iss: 'MessageBird' }, SECRET) }
  assert.throws(() => messagebird.verify({ ...request, headers: both }, [SECRET], NOW), refused)
})

test('verifies the published signature of the old scheme, however its query is ordered and written', () => {
  const headers = {
    'messagebird-request-timestamp': '1547198231',
    'messagebird-signature': 'KVBdcVdz2lYMwcBLZCRITgxUfA/WkwSi+T3Wxl2HL6w=',
  }
  const reversed = Object.fromEntries(Object.entries(report).toReversed())
  const plain = queryOf(report).replace('%2B', '+').replaceAll('%3A', ':')
  for (const query of [queryOf(report), queryOf(reversed), plain]) {
    assert.deepEqual(messagebird.verify(get(query, headers), [SECRET], 1_547_198_231), good, query)
  }
  const other = get(queryOf({ ...report, reference: 'BAR' }), headers)
  assert.throws(() => messagebird.verify(other, [SECRET], 1_547_198_231), refused)
  const request = get(queryOf(report), headers)
  assert.deepEqual(messagebird.verify(request, [SECRET], 1_547_198_231 + 99), good)
  assert.throws(() => messagebird.verify(request, [SECRET], 1_547_198_231 + 100), refusedAs('stale_timestamp'))
})

test('computes the old scheme as the official package does', () => {
  const time = String(NOW)
  for (const [query, body] of [
    ['', '{"a":1}'],
    ["b=2&a=it's (fine)!&c=%C3%A9", ''],
    ['a=', 'x'],
  ] as const) {
    const official = officialLegacy.generate(
      { headers: { 'messagebird-request-timestamp': time }, query: parse(query), body },
      SECRET,
    )
    const url = query === '' ? URL_OF_HOOK : `${URL_OF_HOOK}?${query}`
    assert.deepEqual(legacyDigest({ secret: SECRET, time, url, body: Buffer.from(body) }), official, query)
  }
})

test('binds the Bird platform to the whole URL', () => {
  const request = post(birdOutbound)
  assert.ok('messagebird-signature' in request.headers && !('messagebird-signature-jwt' in request.headers))
  const moved = { ...request, url: 'https://hooks.example.com/webhooks/other' }
  assert.throws(() => messagebird.verify(moved, [SECRET], NOW), refused)
  const input = { secret: SECRET, time: String(NOW), url: request.url, body: request.body }
  assert.equal(birdDigest(input).toString('base64'), request.headers['messagebird-signature'])
})

test('gives a request of the Bird platform its window under a previous secret, too', () => {
  const request = post(birdOutbound)
  const secrets = ['another secret', SECRET]
  assert.deepEqual(messagebird.verify(request, secrets, NOW + 300), { secretIndex: 1 })
  assert.throws(() => messagebird.verify(request, secrets, NOW + 301), refusedAs('stale_timestamp'))
})

test('identifies a status report by its recipient, too, and takes its query for the event', () => {
  const { part, ...event } = identify(get(queryOf(report), {}))
  assert.deepEqual(event, {
    id: `${report.id}:31612345678:delivered:2019-01-11T09:17:11+00:00`,
    type: 'message.delivered',
    entity: { kind: 'message', id: report.id },
    occurredAt: new Date('2019-01-11T09:17:11Z'),
  })
  assert.deepEqual(payloadOf(messagebird, part ?? Buffer.alloc(0)), report)
  assert.deepEqual(identify({ ...get('', {}), body: part ?? Buffer.alloc(0) }), event)
  const unescaped = identify(get(queryOf(report).replace('%2B', '+'), {}))
  assert.deepEqual([unescaped.id, unescaped.occurredAt], [event.id, event.occurredAt])
  assert.notEqual(identify(get(queryOf({ ...report, recipient: '31600000000' }), {})).id, event.id)
})

test('identifies inbound SMS, conversations, notifications and events of the Bird platform', () => {
  const sms = {
    id: 'm1',
    originator: '31612345678',
    recipient: '31622222222',
    body: 'Hi',
    createdDatetime: '2025-12-31T23:59:50+00:00',
  }
  assert.deepEqual(identify(post(sms)), {
    ...{ id: 'm1:received', type: 'message.received', occurredAt: new Date('2025-12-31T23:59:50Z') },
    entity: { kind: 'message', id: 'm1' },
  })
  const conversation = {
    type: 'conversation.updated',
    conversation: { id: 'cv1', status: 'archived', updatedDatetime: '2025-12-31T23:59:50Z' },
  }
  assert.deepEqual(identify(post(conversation)).entity, { kind: 'conversation', id: 'cv1' })
  const notification = { id: 'n1', subscription_type: 'whatsapp-account-update', created_at: '2025-12-31T23:59:50Z' }
  assert.equal(identify(post(notification)).type, 'notification.whatsapp-account-update')
  const { deliveryId, ...bird } = identify(post(birdOutbound))
  assert.match(deliveryId ?? '', /^[0-9a-f-]{36}$/)
  assert.deepEqual(bird, {
    id: `channels:sms.outbound:${birdOutbound.payload.id}:delivered:${birdOutbound.payload.updatedAt}`,
    type: 'channels.sms.outbound',
    entity: { kind: 'channel_message', id: `${birdOutbound.payload.channelId}/${birdOutbound.payload.id}` },
    occurredAt: new Date('2025-12-31T23:59:50.200Z'),
  })
  assert.throws(() => identify(post({ hello: 'world' })), refusedAs('malformed_body'))
})

test('has schemas that fit real shapes and name what does not', () => {
  const issues = (type: string, event: object) =>
    messagebird.schemas[type]?.safeParse(event).error?.issues.map(({ path }) => path.join('.'))
  assert.equal(issues('message.delivered', report), undefined)
  assert.equal(issues('message.created', messageCreated), undefined)
  assert.equal(issues('channels.sms.outbound', birdOutbound), undefined)
  assert.deepEqual(issues('message.delivered', { ...report, recipient: '' }), ['recipient'])
})

test('lists messages page by page', async () => {
  const message = { id: 'm1', body: 'Hi', createdDatetime: '2025-12-31T23:59:50+00:00' }
  const asked: string[] = []
  const api: ProviderApi = {
    get(path) {
      asked.push(path)
      const json = { offset: 0, limit: 100, count: 1, totalCount: 101, items: [message, {}] }
      return Promise.resolve({ status: 200, headers: new Headers(), json })
    },
    post: () => assert.fail('nothing is posted'),
  }
  const first = await messagebird.entityListing.page(api, { kind: 'message' })
  const last = await messagebird.entityListing.page(api, { kind: 'message', cursor: first.next ?? '' })
  assert.deepEqual(asked, ['/messages?limit=100&offset=0', '/messages?limit=100&offset=100'])
  assert.deepEqual(first.entities, [
    { entity: { kind: 'message', id: 'm1' }, state: message, createdAt: new Date(message.createdDatetime) },
  ])
  assert.equal(last.next, undefined)
})

test('warns of an access key in place of the signing key', () => {
  assert.equal(messagebird.checkSecret(SECRET), undefined)
  assert.match(messagebird.checkSecret('live_0123456789abcdefghijklmno') ?? '', /signing key/)
})
