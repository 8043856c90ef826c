import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import Telnyx from 'telnyx'
import { VerificationError } from 'posthorn/provider'
import { providerConformance, signedRequest, type SecretPair } from 'posthorn/testing'
import type { ProviderApi } from '../../src/providers/api.ts'
import { telnyx } from '../../src/providers/telnyx/index.ts'

function newKeyPair(): SecretPair {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const encode = (part: string | undefined): string => Buffer.from(part ?? '', 'base64url').toString('base64')
  return { sign: encode(privateKey.export({ format: 'jwk' }).d), verify: encode(publicKey.export({ format: 'jwk' }).x) }
}

const KEYS = newKeyPair()
const OTHER_KEYS = newKeyPair()
const NOW = 1_767_225_600

const finalized = {
  data: {
    event_type: 'message.finalized',
    id: '4ee8c3a6-4995-4309-a3c6-38e3db9ea4be',
    occurred_at: '2025-12-31T23:59:50.148+00:00',
    payload: {
      id: 'ac012cbf-5e09-46af-a69a-7c0e2d90993c',
      record_type: 'message',
      direction: 'outbound',
      type: 'SMS',
      organization_id: '47a530f8-4362-4526-829b-bcee17fd9f7a',
      messaging_profile_id: '83d2343b-553f-4c5f-b8c8-fd27004f94bf',
      from: { phone_number: '+13125000000', carrier: 'Telnyx', line_type: 'Wireless' },
      to: [{ phone_number: '+13125550100', carrier: 'T-MOBILE USA, INC.', status: 'delivered' }],
      text: 'Hello there!',
      parts: 1,
      errors: [],
    },
    record_type: 'event',
  },
  meta: { attempt: 1, delivered_to: 'https://hooks.example.com/webhooks/telnyx' },
}

const hangup = {
  data: {
    record_type: 'event',
    event_type: 'call.hangup',
    id: '0ccc7b54-4df3-4bca-a65a-3da1ecc777f0',
    occurred_at: '2025-12-31T23:59:51.949532Z',
    payload: {
      call_control_id: 'v3:MdI91X4lWFEs7IgbBEOT9M4AigoY08M0WWZFISt1Yw2axZ_IiE4pqg',
      call_leg_id: '428c31b6-7af4-4bcb-b7f5-5013ef9657c1',
      call_session_id: '428c31b6-abf3-3bc1-b7f4-5013ef9657c1',
      connection_id: '7267xxxxxxxxxxxxxx',
      from: '+35319605860',
      to: '+35319605861',
      hangup_cause: 'normal_clearing',
      hangup_source: 'caller',
      state: 'hangup',
    },
  },
  meta: { attempt: 1 },
}

const requestOf = (body: object, now = NOW) => signedRequest(telnyx, { body, secret: KEYS.sign, now })

const identify = (body: object) => telnyx.identify(requestOf(body))[0] ?? assert.fail('nothing was identified')

const refusedAs = (code: string) => (error: unknown) => error instanceof VerificationError && error.code === code

providerConformance(telnyx, {
  body: Buffer.from(JSON.stringify(finalized)),
  type: 'message.finalized',
  id: '4ee8c3a6-4995-4309-a3c6-38e3db9ea4be',
  secrets: [KEYS, OTHER_KEYS],
  signatureHeader: 'telnyx-signature-ed25519',
  requiredHeaders: ['telnyx-timestamp'],
  malformedSignatures: [Buffer.alloc(63).toString('base64'), Buffer.alloc(64).toString('base64'), 'A'.repeat(86)],
  time: { tolerance: 300, replace: (headers, time) => ({ ...headers, 'telnyx-timestamp': time }) },
  canonical: {
    entity: { kind: 'message', id: 'ac012cbf-5e09-46af-a69a-7c0e2d90993c' },
    path: '/v2/messages/ac012cbf-5e09-46af-a69a-7c0e2d90993c',
    probePath: '/v2/messaging_profiles?page[size]=1',
  },
})

test('is verified by the official package, with other bytes and another key refused', async () => {
  const official = new Telnyx({ apiKey: 'KEY_unused', publicKey: KEYS.verify })
  // The package reads the clock itself.
  const { body, headers } = requestOf(finalized, Math.floor(Date.now() / 1000))
  assert.ok(await official.webhooks.unwrap(body.toString(), { headers }))
  await assert.rejects(async () => official.webhooks.unwrap(`${body.toString()} `, { headers }))
  await assert.rejects(async () => official.webhooks.unwrap(body.toString(), { headers, key: OTHER_KEYS.verify }))
})

test('refuses what the official package refuses: a signature without its padding, a key that is no key', () => {
  const good = requestOf(finalized)
  const unpadded = (good.headers['telnyx-signature-ed25519'] ?? '').replace(/=+$/, '')
  const headers = { ...good.headers, 'telnyx-signature-ed25519': unpadded }
  assert.throws(() => telnyx.verify({ ...good, headers }, [KEYS.verify], NOW), refusedAs('invalid_signature'))
  for (const key of [KEYS.verify.slice(1), Buffer.alloc(33).toString('base64'), 'not base64']) {
    assert.throws(() => telnyx.verify(good, [key], NOW), refusedAs('invalid_signature'), key)
  }
})

test('calls a stale request stale only once its signature holds', () => {
  assert.throws(() => telnyx.verify(requestOf(finalized), [KEYS.verify], NOW + 301), refusedAs('stale_timestamp'))
  assert.throws(
    () => telnyx.verify(requestOf(finalized), [OTHER_KEYS.verify], NOW + 301),
    refusedAs('invalid_signature'),
  )
})

test('identifies messages, calls and whatever else has a record type', () => {
  assert.deepEqual(identify(finalized), {
    id: '4ee8c3a6-4995-4309-a3c6-38e3db9ea4be',
    type: 'message.finalized',
    entity: { kind: 'message', id: 'ac012cbf-5e09-46af-a69a-7c0e2d90993c' },
    occurredAt: new Date('2025-12-31T23:59:50.148Z'),
    account: '47a530f8-4362-4526-829b-bcee17fd9f7a',
  })
  assert.deepEqual(identify(hangup).entity, { kind: 'call', id: hangup.data.payload.call_control_id })
  const order = { event_type: 'number_order.complete', id: 'e1', payload: { id: 'o1', record_type: 'number_order' } }
  assert.deepEqual(identify({ data: order }).entity, { kind: 'number_order', id: 'o1' })
  assert.equal(identify({ data: { event_type: 'call.cost', id: 'e2', payload: {} } }).entity, undefined)
  assert.throws(() => identify({ data: { id: 'e3' } }), refusedAs('malformed_body'))
})

test('takes another attempt for the same event', () => {
  const again = { ...finalized, meta: { ...finalized.meta, attempt: 2 } }
  assert.deepEqual(identify(again), identify(finalized))
})

test('has schemas that fit real shapes and name what does not', () => {
  const issues = (type: string, body: object) =>
    telnyx.schemas[type]?.safeParse(body).error?.issues.map(({ path }) => path.join('.'))
  assert.equal(issues('call.hangup', hangup), undefined)
  assert.equal(issues('message.finalized', finalized), undefined)
  assert.deepEqual(issues('call.recording.saved', hangup), ['data.payload.recording_urls'])
})

test('lists deliveries page by page, with the bytes of their events', async () => {
  const asked: URL[] = []
  const api = listed((path) => {
    asked.push(new URL(path, 'https://api.telnyx.com'))
    const delivery = { id: 'd1', status: 'failed', started_at: '2025-12-31T23:59:51Z', webhook: finalized.data }
    return { data: [delivery, { id: 'd2', webhook: {} }], meta: { total_pages: 2, page_number: asked.length } }
  })
  const window = { from: new Date('2025-12-31T23:00:00Z'), to: new Date('2026-01-01T00:00:00Z') }
  const first = await telnyx.listing.page(api, window)
  const last = await telnyx.listing.page(api, { ...window, cursor: first.next ?? '' })
  assert.equal(asked[0]?.searchParams.get('filter[started_at][gte]'), '2025-12-31T23:00:00.000Z')
  assert.deepEqual([asked[0]?.searchParams.get('page[number]'), asked[1]?.searchParams.get('page[number]')], ['1', '2'])
  assert.equal(last.next, undefined)
  const [event, ...others] = first.events
  assert.deepEqual(others, [])
  assert.deepEqual([event?.id, event?.occurredAt], [finalized.data.id, new Date('2025-12-31T23:59:51Z')])
  const body = event?.body ?? Buffer.alloc(0)
  assert.deepEqual(telnyx.identify({ ...requestOf(finalized), body }), [identify(finalized)])
})

const listed = (answer: (path: string) => unknown): ProviderApi => ({
  get: (path) => Promise.resolve({ status: 200, headers: new Headers(), json: answer(path) }),
  post: () => assert.fail('nothing is posted'),
})

test('warns of a secret that is not a public key', () => {
  assert.equal(telnyx.checkSecret(KEYS.verify), undefined)
  assert.match(telnyx.checkSecret('KEY0123456789ABCDEF0123456789ABCDEF_x') ?? '', /API key/)
  assert.match(telnyx.checkSecret(`${KEYS.verify}\n`) ?? '', /whitespace/)
  assert.match(telnyx.checkSecret('c2hvcnQ=') ?? '', /32 bytes/)
})
