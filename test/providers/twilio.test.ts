import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import webhooks from 'twilio/lib/webhooks/webhooks.js'
import { VerificationError } from 'posthorn/provider'
import { providerConformance, signedRequest } from 'posthorn/testing'
import type { ProviderApi } from '../../src/providers/api.ts'
import { payloadOf } from '../../src/providers/payload.ts'
import type { WebhookRequest } from '../../src/providers/provider.ts'
import { twilio } from '../../src/providers/twilio/index.ts'

const SECRET = '12345678901234567890123456789012'
const OLD_SECRET = 'abcdefabcdefabcdefabcdefabcdefab'
const URL_OF_HOOK = 'https://hooks.example.com/webhooks/twilio'
const AC = `AC${'0'.repeat(31)}1`
const SM = `SM${'0'.repeat(31)}2`
const CA = `CA${'0'.repeat(31)}3`
const RE = `RE${'0'.repeat(31)}4`

const form = (fields: Record<string, string> | [string, string][]): Buffer =>
  Buffer.from(new URLSearchParams(fields).toString())

const delivered = {
  AccountSid: AC,
  ApiVersion: '2010-04-01',
  From: '+15017122661',
  MessageSid: SM,
  MessageStatus: 'delivered',
  SmsSid: SM,
  SmsStatus: 'delivered',
  To: '+15558675310',
}

const inbound = {
  ...{ AccountSid: AC, ApiVersion: '2010-04-01', From: '+15558675310', To: '+15017122661' },
  ...{ MessageSid: SM, SmsMessageSid: SM, SmsSid: SM, SmsStatus: 'received' },
  ...{ Body: "It's 100% “fine” & = + 😀\n", NumMedia: '0', NumSegments: '1', FromCity: '' },
}

const completed = {
  ...{ AccountSid: AC, ApiVersion: '2010-04-01', CallSid: CA, From: '+15017122661', To: '+15558675310' },
  ...{ CallStatus: 'completed', CallDuration: '15', Direction: 'outbound-api' },
  ...{ CallbackSource: 'call-progress-events', SequenceNumber: '3', Timestamp: 'Wed, 31 Dec 2025 23:59:50 +0000' },
}

const recorded = {
  ...{ AccountSid: AC, CallSid: CA, RecordingSid: RE, RecordingStatus: 'completed', RecordingDuration: '9' },
  ...{ RecordingUrl: `https://api.twilio.com/2010-04-01/Accounts/${AC}/Recordings/${RE}`, RecordingChannels: '1' },
}

const streamed = [
  {
    ...{ specversion: '1.0', type: 'com.twilio.messaging.message.delivered', id: 'EZ01', time: '2025-12-31T23:59:50Z' },
    source: `/2010-04-01/Accounts/${AC}/Messages/${SM}.json`,
    dataschema: 'https://events-schemas.twilio.com/Messaging.MessageStatus/2',
    data: { messageSid: SM, accountSid: AC, messageStatus: 'DELIVERED' },
  },
  {
    ...{ specversion: '1.0', type: 'com.twilio.messaging.inbound-message.received', id: 'EZ02' },
    ...{ source: 'ZS0001', time: '2025-12-31T23:59:51Z', data: {} },
  },
]

interface Wish {
  url?: string
  secret?: string
}

const post = (body: Buffer, { url = URL_OF_HOOK, secret = SECRET }: Wish = {}): WebhookRequest =>
  signedRequest(twilio, { body, secret, url, id: 'token-of-a-delivery' })

const get = (query: string): WebhookRequest => ({
  ...post(Buffer.alloc(0), { url: `${URL_OF_HOOK}?${query}` }),
  method: 'GET',
})

const identify = (request: WebhookRequest) => twilio.identify(request)[0] ?? assert.fail('nothing was identified')

const withHash = (body: Buffer): string =>
  `${URL_OF_HOOK}?bodySHA256=${createHash('sha256').update(body).digest('hex')}`

const refusedAs = (code: string) => (error: unknown) => error instanceof VerificationError && error.code === code

const good = { secretIndex: 0 }
const refused = refusedAs('invalid_signature')

providerConformance(twilio, {
  body: form(delivered),
  wire: 'form',
  // One field may be written in several ways.
  covers: 'fields',
  type: 'message.delivered',
  id: `${SM}:delivered`,
  url: URL_OF_HOOK,
  secrets: [SECRET, OLD_SECRET],
  signatureHeader: 'x-twilio-signature',
  malformedSignatures: [Buffer.alloc(20).toString('base64'), Buffer.alloc(32).toString('base64')],
  canonical: {
    entity: { kind: 'message', id: `${AC}/${SM}` },
    path: `/2010-04-01/Accounts/${AC}/Messages/${SM}.json`,
    probePath: `/2010-04-01/Accounts/${AC}/Messages.json?PageSize=1`,
  },
})

test('verifies the published vectors', () => {
  const fields = {
    CallSid: 'CA1234567890ABCDE',
    Caller: '+14158675309',
    Digits: '1234',
    From: '+14158675309',
    To: '+18005551212',
  }
  const url = 'https://mycompany.com/myapp.php?foo=1&bar=2'
  const headers = { 'x-twilio-signature': 'RSOYDt4T1cUTdK1PDd93/VVr8B8=' }
  assert.deepEqual(twilio.verify({ method: 'POST', url, headers, body: form(fields) }, ['12345']), good)
  const hashed = `${url}&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620`
  const json = { 'x-twilio-signature': 'a9nBmqA0ju/hNViExpshrM61xv4=' }
  const body = Buffer.from('{"property": "value", "boolean": true}')
  assert.deepEqual(twilio.verify({ method: 'POST', url: hashed, headers: json, body }, ['12345']), good)
})

/** Every quirk that the package knows, as the fields and the URL that was signed. */
const QUIRKS: readonly [name: string, url: string, fields: [string, string][]][] = [
  ['plain', URL_OF_HOOK, Object.entries(inbound)],
  ['a query of its own', `${URL_OF_HOOK}?foo=1&bar=a%20b`, Object.entries(delivered)],
  [
    'repeated names',
    URL_OF_HOOK,
    [
      ['b', '2'],
      ['a', 'z'],
      ['b', '1'],
      ['b', '2'],
      ['MessageSid', SM],
    ],
  ],
  ['no fields at all', URL_OF_HOOK, []],
  ['an IPv6 host', 'https://[2001:db8::1]/webhooks/twilio', Object.entries(delivered)],
]

for (const [name, url, fields] of QUIRKS) {
  test(`agrees with the official package in both directions: ${name}`, () => {
    const body = form(fields)
    const values = new Map<string, string[]>()
    for (const [field, value] of fields) values.set(field, [...(values.get(field) ?? []), value])
    const parameters = Object.fromEntries([...values].map(([field, all]) => [field, all.length > 1 ? all : all[0]]))
    const signature = webhooks.getExpectedTwilioSignature(SECRET, url, parameters)
    const request = post(body, { url })
    assert.equal(request.headers['x-twilio-signature'], signature)
    assert.equal(webhooks.validateRequest(SECRET, signature, url, parameters), true)
    assert.deepEqual(twilio.verify(request, [SECRET]), good)
    assert.equal(webhooks.validateRequest(SECRET, signature, url, { ...parameters, added: '1' }), false)
    assert.throws(
      () => twilio.verify({ ...request, body: Buffer.concat([body, Buffer.from('&added=1')]) }, [SECRET]),
      refused,
    )
  })
}

/** Signed, and as it arrives. The package accepts every one of them. */
const SPELLINGS: readonly [signed: string, arrived: string][] = [
  ['https://a.example:443/hook?x=1', 'https://a.example/hook?x=1'],
  ['https://a.example/hook', 'https://a.example:443/hook'],
  ['https://a.example/hook', 'https://a.example:8443/hook'],
  ['http://a.example:80/hook', 'http://a.example/hook'],
  ['https://user:pass@a.example:443/hook', 'https://user:pass@a.example/hook'],
  ["https://a.example/hook?name=O'Hara", "https://a.example/hook?name=O'Hara"],
  ['https://a.example/hook?name=O%27Hara', "https://a.example/hook?name=O'Hara"],
  ['https://a.example/hook?a=x%20y&b=%5B1%5D', 'https://a.example/hook?a=x+y&b=[1]'],
]

test('accepts the spellings of a URL that the official package accepts, and no other', () => {
  for (const [signed, arrived] of SPELLINGS) {
    const request = { ...post(form(delivered), { url: signed }), url: arrived }
    const signature = request.headers['x-twilio-signature'] ?? ''
    assert.equal(webhooks.validateRequest(SECRET, signature, arrived, delivered), true, `the package, ${arrived}`)
    assert.deepEqual(twilio.verify(request, [SECRET]), good, `${signed} as ${arrived}`)
  }
  for (const arrived of [
    'https://b.example/hook',
    'http://a.example/hook',
    'https://a.example/hook/',
    'https://a.example/hook?x=1',
  ]) {
    const request = { ...post(form(delivered), { url: 'https://a.example/hook' }), url: arrived }
    const signature = request.headers['x-twilio-signature'] ?? ''
    assert.equal(webhooks.validateRequest(SECRET, signature, arrived, delivered), false, `the package, ${arrived}`)
    assert.throws(() => twilio.verify(request, [SECRET]), refused, arrived)
  }
})

test('knows credentials of the configured URL by the header that they arrive in', () => {
  const request = {
    ...post(form(delivered), { url: 'https://me:p%40ss@a.example/hook' }),
    url: 'https://a.example/hook',
  }
  const as = (credentials: string) => ({
    ...request,
    headers: { ...request.headers, authorization: `Basic ${Buffer.from(credentials).toString('base64')}` },
  })
  assert.deepEqual(twilio.verify(as('me:p@ss'), [SECRET]), good)
  assert.throws(() => twilio.verify(as('me:other'), [SECRET]), refused)
  assert.throws(() => twilio.verify(request, [SECRET]), refused)
})

test('refuses every changed field of a form, and takes one that is only written in another way', () => {
  const request = post(form(inbound))
  for (const name of Object.keys(inbound)) {
    const changed = form({ ...inbound, [name]: `${inbound[name as keyof typeof inbound]}x` })
    assert.throws(() => twilio.verify({ ...request, body: changed }, [SECRET]), refused, name)
  }
  const respelled = Buffer.from(request.body.toString().replaceAll('+', '%20'))
  assert.ok(!respelled.equals(request.body))
  assert.deepEqual(twilio.verify({ ...request, body: respelled }, [SECRET]), good)
  assert.deepEqual(identify({ ...request, body: respelled }), identify(request))
})

test('needs the hash of a JSON body in the signed URL', () => {
  const body = Buffer.from(JSON.stringify(streamed))
  const request = post(body, { url: withHash(body) })
  const signature = request.headers['x-twilio-signature'] ?? ''
  assert.deepEqual(twilio.verify(request, [SECRET]), good)
  assert.equal(webhooks.validateRequestWithBody(SECRET, signature, request.url, body.toString()), true)

  const tampered = Buffer.from(body.toString().replace('EZ01', 'EZ09'))
  assert.equal(webhooks.validateRequestWithBody(SECRET, signature, request.url, tampered.toString()), false)
  assert.throws(() => twilio.verify({ ...request, body: tampered }, [SECRET]), refused)
  assert.throws(() => twilio.verify({ ...request, body: tampered, url: withHash(tampered) }, [SECRET]), refused)

  const unhashed = { ...post(Buffer.alloc(0)), body }
  assert.throws(() => twilio.verify(unhashed, [SECRET]), refused)
})

test('verifies and identifies a GET by its query, which is then the event', () => {
  const query = new URLSearchParams(completed).toString()
  const request = get(query)
  assert.deepEqual(twilio.verify(request, [SECRET]), good)
  assert.equal(webhooks.validateRequest(SECRET, request.headers['x-twilio-signature'] ?? '', request.url, {}), true)
  const { part, ...event } = identify(request)
  assert.equal(part?.toString(), query)
  assert.deepEqual(event, identify(post(form(completed))))
  assert.deepEqual(payloadOf(twilio, part), completed)
  // As a stored event is read again: by its own bytes.
  assert.deepEqual(identify({ ...request, url: URL_OF_HOOK, body: part }), event)
  assert.throws(() => twilio.verify({ ...request, url: request.url.replace('completed', 'failed') }, [SECRET]), refused)
  assert.throws(() => twilio.verify({ ...request, body: form(delivered) }, [SECRET]), refused)
})

test('identifies messages, calls and recordings', () => {
  const deliveryId = 'token-of-a-delivery'
  const account = AC
  assert.deepEqual(identify(post(form(inbound))), {
    ...{ id: `${SM}:received`, type: 'message.received', account, deliveryId },
    entity: { kind: 'message', id: `${AC}/${SM}` },
  })
  assert.deepEqual(identify(post(form(completed))), {
    ...{ id: `${CA}:completed:3`, type: 'call.completed', account, deliveryId, sequence: 3n },
    entity: { kind: 'call', id: `${AC}/${CA}` },
    occurredAt: new Date('2025-12-31T23:59:50Z'),
  })
  assert.deepEqual(identify(post(form(recorded))), {
    ...{ id: `${RE}:completed`, type: 'recording.completed', account, deliveryId },
    entity: { kind: 'recording', id: `${AC}/${RE}` },
  })
  assert.throws(() => identify(post(form({ hello: 'world' }))), refusedAs('malformed_body'))
  assert.throws(() => identify(post(Buffer.alloc(0))), refusedAs('malformed_body'))
})

test('tells the requests for instructions of one call apart by all that they say', () => {
  const { SequenceNumber: _counter, ...asking } = { ...completed, CallStatus: 'in-progress' }
  const idOf = (fields: Record<string, string>) => identify(post(form(fields))).id
  assert.notEqual(idOf({ ...asking, Digits: '1' }), idOf({ ...asking, Digits: '2' }))
  assert.equal(idOf({ ...asking, Digits: '1' }), idOf({ Digits: '1', ...asking }))
  const said = { AccountSid: AC, ConversationSid: 'CH1', EventType: 'onMessageAdded', MessageSid: 'IM1' }
  assert.equal(identify(post(form(said))).type, 'conversation.onMessageAdded')
  assert.equal(idOf({ ...said, RetryCount: '0' }), idOf({ ...said, RetryCount: '1' }))
})

test('makes one event of each element of a stream, with its own bytes', () => {
  const body = Buffer.from(JSON.stringify(streamed, null, 1))
  const events = twilio.identify(post(body, { url: withHash(body) }))
  assert.deepEqual(
    events.map(({ part, ...event }) => ({ ...event, part: JSON.parse(part?.toString() ?? '') as unknown })),
    [
      {
        ...{ id: 'EZ01', type: 'com.twilio.messaging.message.delivered', account: AC, part: streamed[0] },
        entity: { kind: 'message', id: `${AC}/${SM}` },
        occurredAt: new Date('2025-12-31T23:59:50Z'),
      },
      {
        ...{ id: 'EZ02', type: 'com.twilio.messaging.inbound-message.received', part: streamed[1] },
        occurredAt: new Date('2025-12-31T23:59:51Z'),
      },
    ],
  )
  const [{ part, ...alone }] = events as [(typeof events)[0]]
  assert.deepEqual(identify({ ...post(Buffer.alloc(0)), body: part ?? Buffer.alloc(0), headers: {} }), alone)
})

test('has schemas that fit real shapes and name what does not', () => {
  const issues = (type: string, fields: object) =>
    twilio.schemas[type]?.safeParse(fields).error?.issues.map(({ path }) => path.join('.'))
  assert.equal(issues('message.received', inbound), undefined)
  assert.equal(issues('call.completed', completed), undefined)
  assert.equal(issues('recording.completed', recorded), undefined)
  assert.equal(issues('com.twilio.messaging.message.delivered', streamed[0] ?? {}), undefined)
  assert.deepEqual(issues('message.delivered', { ...delivered, MessageSid: 'SM1', To: '' }), ['MessageSid', 'To'])
})

test('answers with TwiML that does nothing', () => {
  assert.deepEqual(twilio.acknowledgement, { contentType: 'text/xml', body: '<Response/>' })
})

test('lists an account page by page, and nothing without being told which', async () => {
  const message = { sid: SM, account_sid: AC, status: 'sent', date_updated: 'Wed, 31 Dec 2025 23:59:50 +0000' }
  const asked: string[] = []
  const api: ProviderApi = {
    get(path) {
      asked.push(path)
      const next =
        asked.length === 1 ? `/2010-04-01/Accounts/${AC}/Messages.json?PageSize=1000&Page=1&PageToken=PASM1` : null
      const json = { messages: [message, { odd: true }], next_page_uri: next }
      return Promise.resolve({ status: 200, headers: new Headers(), json })
    },
    post: () => assert.fail('nothing is posted'),
  }
  const place = `/2010-04-01/Accounts/${AC}`
  const first = await twilio.entityListing.page(api, { kind: 'message', place })
  const last = await twilio.entityListing.page(api, { kind: 'message', place, cursor: first.next ?? '' })
  const path = `${place}/Messages.json`
  assert.deepEqual(asked, [`${path}?PageSize=1000`, `${path}?PageSize=1000&Page=1&PageToken=PASM1`])
  const entity = { kind: 'message', id: `${AC}/${SM}` }
  assert.deepEqual(first.entities, [{ entity, state: message, changedAt: new Date('2025-12-31T23:59:50Z') }])
  assert.equal(last.next, undefined)
  await assert.rejects(twilio.entityListing.page(api, { kind: 'message' }), /set api\.listing/)
  await assert.rejects(twilio.entityListing.page(api, { kind: 'recording', place }), /lists no recording/)
})

test('sends a key and its secret as Basic credentials, and a token as Bearer', () => {
  assert.deepEqual(twilio.canonical.authorize('SK1:secret'), { authorization: `Basic ${btoa('SK1:secret')}` })
  assert.deepEqual(twilio.canonical.authorize('token'), { authorization: 'Bearer token' })
})

test('warns of a secret that is no Auth Token', () => {
  assert.equal(twilio.checkSecret(SECRET), undefined)
  assert.match(twilio.checkSecret(`AC${'0'.repeat(32)}`) ?? '', /SID/)
  assert.match(twilio.checkSecret('short') ?? '', /shorter/)
})
