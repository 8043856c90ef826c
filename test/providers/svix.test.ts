import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Webhook } from 'svix'
import { VerificationError } from 'posthorn/provider'
import { providerConformance, signedRequest } from 'posthorn/testing'
import { ed25519PublicKey, newEd25519Secret } from '../../src/providers/ed25519.ts'
import { decodeBase64 } from '../../src/providers/hmac.ts'
import type { WebhookRequest } from '../../src/providers/provider.ts'
import { svix } from '../../src/providers/svix/index.ts'

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const OLD_SECRET = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'
const ID = 'msg_p5jXN8AQM9LWM0D4loKWxJek'
/** The package reads the clock itself. */
const NOW = Math.floor(Date.now() / 1000)

const created = { type: 'user.created', timestamp: '2025-12-31T23:59:50Z', data: { id: 'usr_1', sequence: 3 } }

const harness = {
  body: Buffer.from(JSON.stringify(created)),
  type: 'user.created',
  id: ID,
  signatureHeader: 'svix-signature',
  severalSignatures: true,
  requiredHeaders: ['svix-id', 'svix-timestamp'],
  malformedSignatures: ['v1', 'v1,', `v2,${'a'.repeat(43)}=`, `v1,${'a'.repeat(42)}`, 'v1a,AAAA', 'v1,,'],
  time: {
    tolerance: 300,
    replace: (headers: Readonly<Record<string, string>>, time: string) => ({ ...headers, 'svix-timestamp': time }),
  },
}

const pair = () => {
  const { sign, verify } = newEd25519Secret()
  return { sign: `whsk_${sign}`, verify: `whpk_${verify}` }
}

providerConformance(svix, { ...harness, secrets: [SECRET, OLD_SECRET] })
providerConformance(svix, { ...harness, secrets: [pair(), pair()] })

const requestOf = (body: object | Buffer): WebhookRequest =>
  signedRequest(svix, { body, secret: SECRET, id: ID, now: NOW })

const refusedAs = (code: string) => (error: unknown) => error instanceof VerificationError && error.code === code

/** The same request as a sender without a brand writes it. */
const unbranded = ({ headers, ...request }: WebhookRequest): WebhookRequest => ({
  ...request,
  headers: Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.replace('svix-', 'webhook-'), value]),
  ),
})

test('verifies the published example, and signs it alike', () => {
  const body = Buffer.from('{"test": 2432232314}')
  const headers = {
    'svix-id': ID,
    'svix-timestamp': '1614265330',
    'svix-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  }
  const request = { method: 'POST', url: '', headers, body }
  assert.deepEqual(svix.verify(request, [SECRET], 1_614_265_330), { secretIndex: 0 })
  assert.deepEqual(svix.sign(body, SECRET, { now: 1_614_265_330, url: '', id: ID }), headers)
})

test('is verified by the official package under either family of headers, and verifies what that signs', () => {
  const official = new Webhook(SECRET)
  for (const request of [requestOf(created), unbranded(requestOf(created))]) {
    assert.deepEqual(official.verify(request.body.toString(), { ...request.headers }), created)
    assert.deepEqual(svix.verify(request, [OLD_SECRET, SECRET], NOW), { secretIndex: 1 })
    assert.deepEqual(
      svix.identify(request).map(({ id, type }) => [id, type]),
      [[ID, 'user.created']],
    )
    assert.throws(() => new Webhook(OLD_SECRET).verify(request.body.toString(), { ...request.headers }))
    assert.throws(() => svix.verify(request, [OLD_SECRET], NOW), refusedAs('invalid_signature'))
  }
  const theirs = official.sign(ID, new Date(NOW * 1000), JSON.stringify(created))
  assert.equal(requestOf(created).headers['svix-signature'], theirs)
})

test('reads the family that it verifies: an ID under the other name changes nothing', () => {
  const request = requestOf(created)
  const both = { ...request, headers: { ...request.headers, 'webhook-id': 'msg_other' } }
  assert.deepEqual(svix.verify(both, [SECRET], NOW), { secretIndex: 0 })
  assert.equal(svix.identify(both)[0]?.id, ID)
  const renamed = { ...request, headers: { ...request.headers, 'svix-id': 'msg_other' } }
  assert.throws(() => svix.verify(renamed, [SECRET], NOW), refusedAs('invalid_signature'))
})

test('takes any of several signatures, as there are while a secret is rotated', () => {
  const request = requestOf(created)
  const other = signedRequest(svix, { body: created, secret: OLD_SECRET, id: ID, now: NOW }).headers['svix-signature']
  const headers = { ...request.headers, 'svix-signature': `${other} ${request.headers['svix-signature']}` }
  assert.deepEqual(svix.verify({ ...request, headers }, [SECRET], NOW), { secretIndex: 0 })
})

test('reads the type under each name that senders give it, and refuses a body without one', () => {
  const { type: _, ...rest } = created
  assert.equal(svix.identify(requestOf({ ...rest, eventType: 'user.renamed' }))[0]?.type, 'user.renamed')
  assert.equal(svix.identify(requestOf({ ...rest, event_type: 'user.gone' }))[0]?.type, 'user.gone')
  assert.throws(() => svix.identify(requestOf(rest)), refusedAs('malformed_body'))
})

test('takes the body for the state where it says which is newer', () => {
  assert.deepEqual(svix.canonical.view(Buffer.from(JSON.stringify(created))), { state: created.data, version: 3n })
})

test('makes keys that are pairs', () => {
  const { verify } = newEd25519Secret()
  assert.equal(ed25519PublicKey(decodeBase64(verify))?.asymmetricKeyType, 'ed25519')
})
