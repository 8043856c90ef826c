import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync, randomUUID, verify as verifySignature } from 'node:crypto'
import { test } from 'node:test'
import { verifySignature as officialJwt } from '@vonage/jwt'
import { SMS } from '@vonage/sms'
import { VerificationError } from 'posthorn/provider'
import { providerConformance, signedRequest } from 'posthorn/testing'
import type { ProviderApi } from '../../src/providers/api.ts'
import { createProviderApi } from '../../src/providers/api.ts'
import { signJwt } from '../../src/providers/jwt.ts'
import { payloadOf } from '../../src/providers/payload.ts'
import type { WebhookRequest } from '../../src/providers/provider.ts'
import { vonage } from '../../src/providers/vonage/index.ts'
import { type SmsAlgorithm, smsContent, smsDigest } from '../../src/providers/vonage/sms-signature.ts'

const SECRET = 'Ho7S0m3S1gnatur3S3cr3tOfTheAcc0unt'
const OLD_SECRET = 'theSignatureSecretOfLastYear0000000'
const NOW = 1_767_225_600
const URL_OF_HOOK = 'https://hooks.example.com/webhooks/vonage'

const status = {
  message_uuid: 'aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab',
  to: '447700900000',
  from: '447700900001',
  timestamp: '2025-12-31T23:59:50Z',
  status: 'delivered',
  channel: 'sms',
  usage: { currency: 'EUR', price: '0.0333' },
}
const received = {
  channel: 'whatsapp',
  message_uuid: 'aaaaaaaa-bbbb-4ccc-8ddd-0123456789ac',
  to: '447700900001',
  from: '447700900000',
  timestamp: '2025-12-31T23:59:50Z',
  message_type: 'text',
  text: 'Hello',
}
const answered = {
  from: '442079460000',
  to: '447700900000',
  uuid: 'aaaaaaaa-bbbb-cccc-dddd-0123456789ad',
  conversation_uuid: 'CON-aaaaaaaa-bbbb-cccc-dddd-0123456789ab',
  status: 'answered',
  direction: 'inbound',
  timestamp: '2025-12-31T23:59:50.000Z',
}
const recording = {
  start_time: '2025-12-31T23:58:00Z',
  recording_url: 'https://api.nexmo.com/v1/files/bbbbbbbb-aaaa-cccc-dddd-0123456789ab',
  size: 12_222,
  recording_uuid: 'aaaaaaaa-bbbb-cccc-dddd-0123456789ae',
  end_time: '2025-12-31T23:59:00Z',
  conversation_uuid: 'CON-aaaaaaaa-bbbb-cccc-dddd-0123456789ab',
  timestamp: '2025-12-31T23:59:50.000Z',
}
const summary = {
  request_id: 'c11236f4-00bf-4b89-84ba-88b25df97315',
  submitted_at: '2025-12-31T23:59:00.000Z',
  status: 'completed',
  type: 'summary',
  finalized_at: '2025-12-31T23:59:50.000Z',
}
const inboundSms = {
  msisdn: '14843472194',
  to: '13239877404',
  messageId: '020000001B0FE827',
  text: 'Test again',
  type: 'text',
  'message-timestamp': '2013-11-21 15:27:30',
  timestamp: '1385047698',
}

interface Wish {
  url?: string
  now?: number
}

const post = (body: object, wish: Wish = {}): WebhookRequest =>
  signedRequest(vonage, { body, secret: SECRET, now: NOW, url: URL_OF_HOOK, ...wish })

const withToken = (request: WebhookRequest, token: string): WebhookRequest => ({
  ...request,
  headers: { ...request.headers, authorization: `Bearer ${token}` },
})

const tokenOf = (request: WebhookRequest): string => request.headers['authorization']?.slice('Bearer '.length) ?? ''

const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>

const identify = (request: WebhookRequest) => vonage.identify(request)[0] ?? assert.fail('nothing was identified')

const unsigned = (bytes: Buffer, url = URL_OF_HOOK): WebhookRequest => ({
  method: 'POST',
  url,
  headers: {},
  body: bytes,
})

const form = (fields: Record<string, string>): Buffer => Buffer.from(new URLSearchParams(fields).toString())

const refusedAs = (code: string) => (error: unknown) => error instanceof VerificationError && error.code === code
const refused = refusedAs('invalid_signature')
const good = { secretIndex: 0 }

providerConformance(vonage, {
  body: Buffer.from(JSON.stringify(status)),
  type: 'message.delivered',
  id: `${status.message_uuid}:delivered`,
  secrets: [SECRET, OLD_SECRET],
  signatureHeader: 'authorization',
  malformedSignatures: ['Bearer', 'Bearer ', 'Bearer a.b', 'Basic dXNlcjpwYXNz', `Bearer ${signJwt({}, 'other')}`],
  time: {
    tolerance: 300,
    replace(headers, time) {
      const [header = '', payload = '', signature = ''] = (headers['authorization'] ?? '').split('.')
      const claims = Buffer.from(payload, 'base64url')
        .toString()
        .replace(/"iat":\d+/, `"iat":"${time}"`)
      return { ...headers, authorization: [header, Buffer.from(claims).toString('base64url'), signature].join('.') }
    },
  },
  canonical: {
    entity: { kind: 'call', id: answered.uuid },
    path: `/v1/calls/${answered.uuid}`,
    probePath: '/v1/calls?page_size=1',
  },
})

test('signs tokens that the official package verifies, with another secret and changed bytes refused', () => {
  const token = tokenOf(post(status))
  assert.equal(officialJwt(token, SECRET), true)
  assert.equal(officialJwt(token, OLD_SECRET), false)
  assert.equal(officialJwt(token.replace(/.(?=\.)/, 'x'), SECRET), false)
})

test('binds what the official package leaves open: the body and the time', () => {
  const request = post(status)
  const other = { ...request, body: Buffer.from(JSON.stringify({ ...status, status: 'read' })) }
  assert.equal(officialJwt(tokenOf(other), SECRET), true)
  assert.throws(() => vonage.verify(other, [SECRET], NOW), refused)
  assert.throws(() => vonage.verify(request, [SECRET], NOW + 301), refusedAs('stale_timestamp'))

  const claims = claimsOf(tokenOf(request))
  const { payload_hash: _hash, ...unbound } = claims
  assert.throws(() => vonage.verify(withToken(request, signJwt(unbound, SECRET)), [SECRET], NOW), refused)
  const { iat: _iat, ...timeless } = claims
  assert.throws(
    () => vonage.verify(withToken(request, signJwt(timeless, SECRET)), [SECRET], NOW),
    refusedAs('missing_timestamp'),
  )
  for (const iat of [String(NOW), null, `${NOW}xyz`]) {
    const token = signJwt({ ...claims, iat }, SECRET)
    assert.throws(() => vonage.verify(withToken(request, token), [SECRET], NOW), refusedAs('bad_timestamp'))
  }
  const expired = signJwt({ ...claims, exp: NOW - 1 }, SECRET)
  assert.throws(() => vonage.verify(withToken(request, expired), [SECRET], NOW), refusedAs('stale_timestamp'))
  assert.throws(() => vonage.verify(withToken(request, signJwt(claims, SECRET, 'HS512')), [SECRET], NOW), refused)
})

test('verifies a GET by the hash of its parameters as JSON', () => {
  const query = new URLSearchParams(answered).toString()
  const request = {
    ...signedRequest(vonage, { body: Buffer.alloc(0), secret: SECRET, now: NOW, url: `${URL_OF_HOOK}?${query}` }),
    method: 'GET',
  }
  assert.deepEqual(vonage.verify(request, [SECRET], NOW), good)
  const { part, ...event } = identify(request)
  assert.equal(part?.toString(), query)
  assert.deepEqual(payloadOf(vonage, part), answered)
  assert.deepEqual(event, identify(post(answered)))
  assert.deepEqual(identify(unsigned(part)), event)
  assert.throws(
    () => vonage.verify({ ...request, url: request.url.replace('answered', 'completed') }, [SECRET], NOW),
    refused,
  )
})

/** Signatures of the official package's own tests over `inboundSms`, by algorithm. */
const VECTORS: Readonly<Record<SmsAlgorithm, string>> = {
  md5hash: 'd2e7b1dc968737c5998ad624e02f90b7',
  md5: 'DDEBD46008C2D4E93CCE578A332A52D5',
  sha1: '27D0D05C2876C7CB1720DBCDBA4D492E1E55C09A',
  sha256: 'DDB8397C2B90AAC7F3882D306475C9A5058C92322EEF43C92B298B6E0FC0D330',
  sha512:
    'E0D3C650F8C9D1A5C174D10DDDBFB003E561F59B265616208B0487C5D819481C' +
    'D3C311D59CF6165ECD1139622D5BA3A256C0D763AC4A9AD9144B5A426B94FE82',
}

test('verifies the published signatures of the SMS API, as form, JSON and query, in either case', () => {
  const [secrets, now] = [['my_secret_key_for_testing'], 1_385_047_698]
  for (const sig of Object.values(VECTORS).flatMap((one) => [one, one.toLowerCase()])) {
    const parameters = { ...inboundSms, sig }
    const requests = [
      unsigned(form(parameters)),
      unsigned(Buffer.from(JSON.stringify(parameters))),
      unsigned(Buffer.alloc(0), `${URL_OF_HOOK}?${form(parameters).toString()}`),
    ]
    for (const request of requests) {
      assert.deepEqual(vonage.verify(request, secrets, now), good, sig)
      assert.equal(identify(request).id, '020000001B0FE827:received')
    }
    assert.throws(() => vonage.verify(unsigned(form({ ...parameters, text: 'Test' })), secrets, now), refused)
    assert.throws(() => vonage.verify(unsigned(form(parameters)), ['other'], now), refused)
    assert.throws(() => vonage.verify(unsigned(form({ ...parameters, sig: `${sig}00` })), secrets, now), refused)
  }
})

const OFFICIAL_NAMES: Readonly<Record<SmsAlgorithm, string>> = {
  md5hash: 'MD5HASH',
  md5: 'MD5HMAC',
  sha1: 'SHA1HMAC',
  sha256: 'SHA256HMAC',
  sha512: 'SHA512HMAC',
}

test('agrees with the official package on every algorithm, separators in values among it', () => {
  const official = new SMS({ apiKey: 'a1b2c3d4', apiSecret: 'unused' })
  const judge = official.verifySignature.bind(official) as (...values: [string, object, string, string]) => boolean
  const parameters = { ...inboundSms, text: 'You & Me = Love', timestamp: String(NOW), 'err-code': '0' }
  for (const algorithm of Object.keys(VECTORS) as SmsAlgorithm[]) {
    const sig = smsDigest(algorithm, SECRET, smsContent(parameters) ?? '').toString('hex')
    const accepts = (values: Record<string, string>) => judge(sig, values, SECRET, OFFICIAL_NAMES[algorithm])
    assert.equal(accepts(parameters), true, algorithm)
    assert.equal(accepts({ ...parameters, to: '1' }), false, algorithm)
    assert.deepEqual(vonage.verify(unsigned(form({ ...parameters, sig })), [SECRET], NOW), good)
    assert.throws(() => vonage.verify(unsigned(form({ ...parameters, to: '1', sig })), [SECRET], NOW), refused)
  }
})

test('refuses parameters without a signature or a time, too old ones, and those that are no plain text', () => {
  const signed = (parameters: Record<string, unknown>) => ({
    ...parameters,
    sig: smsDigest('sha256', SECRET, smsContent(parameters) ?? '').toString('hex'),
  })
  const verify = (parameters: object) => () =>
    vonage.verify(unsigned(Buffer.from(JSON.stringify(parameters))), [SECRET], NOW)
  const fresh = { ...inboundSms, timestamp: String(NOW) }
  assert.deepEqual(verify(signed(fresh))(), good)
  assert.deepEqual(verify(signed({ ...fresh, timestamp: NOW }))(), good)
  assert.throws(verify(fresh), refusedAs('missing_signature'))
  const { timestamp: _time, ...timeless } = fresh
  assert.throws(verify(signed(timeless)), refusedAs('missing_timestamp'))
  assert.throws(verify(signed({ ...fresh, timestamp: `${NOW}x` })), refusedAs('bad_timestamp'))
  assert.throws(verify(signed({ ...fresh, timestamp: String(NOW - 25 * 3600) })), refusedAs('stale_timestamp'))
  assert.throws(verify({ ...signed(fresh), nested: {} }), refused)
  assert.throws(
    () => vonage.verify(unsigned(Buffer.from(`${form(signed(fresh)).toString()}&to=1`)), [SECRET], NOW),
    refused,
  )
})

test('identifies messages, calls, recordings, verifications and SMS', () => {
  const occurredAt = new Date('2025-12-31T23:59:50Z')
  assert.deepEqual(identify(post(received)), {
    ...{ id: `${received.message_uuid}:received`, type: 'message.received', occurredAt },
    entity: { kind: 'message', id: received.message_uuid },
  })
  assert.deepEqual(identify(post(answered)), {
    ...{ id: `${answered.uuid}:answered:${answered.timestamp}`, type: 'call.answered', occurredAt },
    entity: { kind: 'call', id: answered.uuid },
  })
  assert.deepEqual(identify(post(recording)), {
    ...{ id: `${recording.recording_uuid}:completed`, type: 'recording.completed', occurredAt },
    entity: { kind: 'recording', id: recording.recording_uuid },
  })
  assert.equal(identify(post(summary)).id, `${summary.request_id}:summary:completed`)
  const receipt = {
    ...inboundSms,
    status: 'delivered',
    'api-key': 'a1b2c3d4',
    'message-timestamp': '2025-12-31 23:59:50',
  }
  assert.deepEqual(identify(unsigned(form(receipt))), {
    ...{ id: '020000001B0FE827:delivered', type: 'sms.delivered', occurredAt, account: 'a1b2c3d4' },
    entity: { kind: 'sms', id: '020000001B0FE827' },
  })
})

test('names the steps of a call that state no status, and the events of a conversation', () => {
  const { status: _status, ...call } = answered
  const typeOf = (event: object) => identify(post(event)).type
  assert.equal(typeOf(call), 'call.answer')
  assert.equal(typeOf({ ...call, dtmf: { digits: '1', timed_out: true } }), 'call.input')
  assert.equal(typeOf({ ...call, conversation_uuid_to: 'CON-2' }), 'call.transferred')
  const error = { reason: 'Syntax error in NCCO', conversation_uuid: 'CON-1', timestamp: '2025-12-31T23:59:50Z' }
  assert.deepEqual(identify(post(error)), {
    ...{ id: 'error:CON-1:2025-12-31T23:59:50Z', type: 'call.error', occurredAt: new Date('2025-12-31T23:59:50Z') },
  })
  const played = { type: 'audio:play:done', id: 7, conversation_id: 'CON-1', timestamp: '2025-12-31T23:59:50Z' }
  assert.deepEqual([typeOf(played), identify(post(played)).id], ['audio:play:done', 'CON-1:audio:play:done:7'])
  assert.throws(() => identify(post({ hello: 'world' })), refusedAs('malformed_body'))
})

test('has schemas that fit real shapes and name what does not', () => {
  const issues = (type: string, event: object) =>
    vonage.schemas[type]?.safeParse(event).error?.issues.map(({ path }) => path.join('.'))
  assert.equal(issues('message.received', received), undefined)
  assert.equal(issues('call.answered', answered), undefined)
  assert.equal(issues('recording.completed', recording), undefined)
  assert.equal(issues('verify.summary', summary), undefined)
  assert.equal(issues('sms.received', inboundSms), undefined)
  assert.deepEqual(issues('call.completed', { ...answered, status: 'completed' }), ['duration'])
})

test('makes a new token of the application for every call', async (context) => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const application = randomUUID()
  const sent: string[] = []
  context.mock.method(globalThis, 'fetch', (_url: URL, init: { headers: Record<string, string> }) => {
    sent.push(init.headers['authorization'] ?? '')
    return Promise.resolve(new Response('{}'))
  })
  // As an environment file writes it.
  const headers = vonage.canonical.authorize(`${application}:${pem.replaceAll('\n', '\\n')}`)
  const api = createProviderApi({ baseUrl: 'https://api.nexmo.com', headers })
  await api.get('/v1/calls')
  await api.get('/v1/calls')
  assert.notEqual(sent[0], sent[1])
  for (const authorization of sent) {
    const token = authorization.slice('Bearer '.length)
    const [header, payload, signature = ''] = token.split('.')
    const key = createPublicKey(publicKey.export({ type: 'spki', format: 'pem' }))
    assert.ok(verifySignature('sha256', Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url')))
    assert.equal(officialJwt(token, publicKey.export({ type: 'spki', format: 'pem' }).toString()), true)
    assert.equal(claimsOf(token)['application_id'], application)
  }
})

test('lists calls page by page', async () => {
  const call = { uuid: 'u1', status: 'completed', end_time: '2025-12-31T23:59:50.000Z' }
  const asked: string[] = []
  const api: ProviderApi = {
    get(path) {
      asked.push(path)
      const json = { count: 101, _embedded: { calls: [call, {}] } }
      return Promise.resolve({ status: 200, headers: new Headers(), json })
    },
    post: () => assert.fail('nothing is posted'),
  }
  const first = await vonage.entityListing.page(api, { kind: 'call' })
  const last = await vonage.entityListing.page(api, { kind: 'call', cursor: first.next ?? '' })
  assert.deepEqual(asked, [
    '/v1/calls?page_size=100&record_index=0&order=desc',
    '/v1/calls?page_size=100&record_index=100&order=desc',
  ])
  assert.deepEqual(first.entities, [
    {
      ...{ entity: { kind: 'call', id: 'u1' }, state: call },
      ...{ changedAt: new Date(call.end_time), createdAt: undefined },
    },
  ])
  assert.equal(last.next, undefined)
})

test('repeats for a day, as documented', () => {
  const gaps = vonage.delivery.retryAfterSeconds
  const total = gaps.reduce((sum, gap) => sum + gap, 0)
  assert.ok(total <= 24 * 3600 && total > 24 * 3600 - 900, String(total))
})
