import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Webhook } from 'standardwebhooks'
import { VerificationError } from 'posthorn/provider'
import { signedRequest } from 'posthorn/testing'
import type { IdentifiedEvent } from '../../src/providers/provider.ts'
import { standardWebhooks } from '../../src/providers/standard-webhooks/index.ts'

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const OLD_SECRET = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'
/** The pair and the signatures that the specification's libraries publish for their tests. */
const PRIVATE_KEY = 'whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=='
const PUBLIC_KEY = 'whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4='
const ID = 'msg_p5jXN8AQM9LWM0D4loKWxJek'
const SENT_AT = 1_614_265_330
const BODY = Buffer.from('{"test": 2432232314}')
const HMAC = 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
const ED25519 = 'v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=='

const published = (signature: string) => ({
  method: 'POST',
  url: '',
  headers: { 'webhook-id': ID, 'webhook-timestamp': String(SENT_AT), 'webhook-signature': signature },
  body: BODY,
})

const verify = (signature: string, secrets: readonly string[]) =>
  standardWebhooks.verify(published(signature), secrets, SENT_AT)

function identify(body: object): IdentifiedEvent {
  const [identified] = standardWebhooks.identify(signedRequest(standardWebhooks, { body, secret: SECRET, id: ID }))
  return identified ?? assert.fail('nothing was identified')
}

const refusedAs = (code: string) => (error: unknown) => error instanceof VerificationError && error.code === code

test('verifies the published vectors and signs them alike', () => {
  const options = { now: SENT_AT, url: '', id: ID }
  assert.deepEqual(verify(HMAC, [SECRET]), { secretIndex: 0 })
  assert.deepEqual(verify(ED25519, [PUBLIC_KEY]), { secretIndex: 0 })
  assert.deepEqual(standardWebhooks.sign(BODY, SECRET, options), published(HMAC).headers)
  assert.deepEqual(standardWebhooks.sign(BODY, PRIVATE_KEY, options), published(ED25519).headers)
})

test('verifies what the official package signs, and is verified by it', () => {
  const now = Math.floor(Date.now() / 1000)
  const body = Buffer.from(JSON.stringify({ type: 'user.created', data: { id: 'ünï' } }))
  const theirs = new Webhook(SECRET).sign(ID, new Date(now * 1000), body)
  const request = signedRequest(standardWebhooks, { body, secret: SECRET, id: ID, now })
  assert.equal(request.headers['webhook-signature'], theirs)
  assert.deepEqual(standardWebhooks.verify(request, [SECRET], now), { secretIndex: 0 })
  assert.deepEqual(new Webhook(SECRET).verify(body, { ...request.headers }), {
    type: 'user.created',
    data: { id: 'ünï' },
  })
  assert.throws(() => new Webhook(OLD_SECRET).verify(body, { ...request.headers }))
})

test('accepts any signature of a list, and passes over versions it does not know', () => {
  const other = `v1,${Buffer.alloc(32).toString('base64')}`
  for (const list of [
    `${other} ${HMAC}`,
    `${HMAC} ${other}`,
    `v9,abc ${HMAC}`,
    `v1,not-base64 ${HMAC}`,
    `  ${HMAC}`,
    `${ED25519} ${HMAC}`,
  ]) {
    assert.deepEqual(verify(list, [OLD_SECRET, SECRET]), { secretIndex: 1 }, list)
  }
  assert.deepEqual(verify(`${HMAC} ${ED25519}`, [PUBLIC_KEY]), { secretIndex: 0 })
})

test('checks no more signatures than a rotation needs', () => {
  const other = `v1,${Buffer.alloc(32).toString('base64')} `
  assert.deepEqual(verify(other.repeat(15) + HMAC, [SECRET]), { secretIndex: 0 })
  assert.throws(() => verify(other.repeat(16) + HMAC, [SECRET]), refusedAs('invalid_signature'))
})

test('takes a shared key with or without its prefix', () => {
  assert.deepEqual(verify(HMAC, [SECRET.slice('whsec_'.length)]), { secretIndex: 0 })
})

test('never confuses the schemes: a public key is no shared key, nor the reverse', () => {
  const forger = `whsec_${PUBLIC_KEY.slice('whpk_'.length)}`
  const forged = standardWebhooks.sign(BODY, forger, { now: SENT_AT, url: '', id: ID })['webhook-signature'] ?? ''
  for (const signature of [forged, forged.replace('v1,', 'v1a,'), HMAC, ED25519.replace('v1a,', 'v9,')]) {
    assert.throws(() => verify(signature, [PUBLIC_KEY]), refusedAs('invalid_signature'))
  }
  for (const signature of [
    ED25519,
    ED25519.replace('v1a,', 'v1,'),
    HMAC.replace('v1,', 'v1a,'),
    HMAC.replace('v1,', 'v9,'),
  ]) {
    assert.throws(() => verify(signature, [SECRET]), refusedAs('invalid_signature'))
  }
})

test('treats a secret that is no key as one that proves nothing, and says so when asked', () => {
  const bad = ['whsec_not base64!', 'whsec_', 'whsec_YQ', 'whpk_YQ==', 'whpk_', 'whsk_AAAA', 'x', '!']
  for (const secret of bad) {
    assert.throws(() => verify(HMAC, [secret]), refusedAs('invalid_signature'), secret)
    assert.ok(standardWebhooks.checkSecret(secret), secret)
  }
  assert.deepEqual(verify(HMAC, [...bad, SECRET]), { secretIndex: bad.length })
  assert.deepEqual([SECRET, PUBLIC_KEY].map(standardWebhooks.checkSecret), [undefined, undefined])
})

test('warns of a private key, of whitespace and of a key below 24 bytes', () => {
  assert.match(standardWebhooks.checkSecret(PRIVATE_KEY) ?? '', /private/)
  assert.match(standardWebhooks.checkSecret(`${SECRET}\n`) ?? '', /whitespace/)
  assert.match(standardWebhooks.checkSecret('whsec_c2hvcnQ=') ?? '', /24 bytes/)
})

test('signs with no key that cannot sign', () => {
  const options = { now: SENT_AT, url: '', id: ID }
  for (const secret of [PUBLIC_KEY, 'whsec_!'])
    assert.throws(() => standardWebhooks.sign(BODY, secret, options), /can sign/)
})

test('signs with a private key written as its seed alone', () => {
  const seed = Buffer.from(PRIVATE_KEY.slice('whsk_'.length), 'base64').subarray(0, 32)
  const secret = `whsk_${seed.toString('base64')}`
  assert.equal(standardWebhooks.sign(BODY, secret, { now: SENT_AT, url: '', id: ID })['webhook-signature'], ED25519)
})

test('binds the ID: the same body under another one is refused', () => {
  const request = published(HMAC)
  const renamed = { ...request, headers: { ...request.headers, 'webhook-id': 'msg_another' } }
  assert.throws(() => standardWebhooks.verify(renamed, [SECRET], SENT_AT), refusedAs('invalid_signature'))
})

test('identifies by the signed header and the body', () => {
  assert.deepEqual(
    identify({ id: 'of_the_body', type: 'user.created', timestamp: '2026-01-01T00:00:00Z', data: { id: 7 } }),
    {
      id: ID,
      type: 'user.created',
      entity: { kind: 'user', id: '7' },
      occurredAt: new Date('2026-01-01T00:00:00Z'),
    },
  )
})

test('names the entity by what data says it is, or by the type', () => {
  const about = (type: string, data: object) => identify({ type, data }).entity
  assert.deepEqual(about('user.profile.updated', { id: 'p_1' }), { kind: 'user.profile', id: 'p_1' })
  assert.deepEqual(about('user.updated', { id: 'a_1', object: 'account' }), { kind: 'account', id: 'a_1' })
  assert.equal(about('user.updated', {}), undefined)
  assert.equal(about('ping', { id: 'x' }), undefined)
  assert.equal(identify({ type: 'user.deleted', data: { id: 'u_1' } }).deletes, true)
  assert.equal(identify({ type: 'user.deleted' }).deletes, undefined)
})

test('refuses a body without type', () => {
  assert.throws(() => identify({ data: {} }), refusedAs('malformed_body'))
})

test('views data as the state, guarded by a sequence', () => {
  const view = (body: object) => standardWebhooks.canonical.view(Buffer.from(JSON.stringify(body)))
  assert.deepEqual(view({ data: { id: 1, sequence: 5 } }), { state: { id: 1, sequence: 5 }, version: 5n })
  assert.deepEqual(view({ sequence: 9, data: { id: 1, sequence: 5 } })?.version, 9n)
  assert.deepEqual(view({ sequence: '9223372036854775807', data: {} })?.version, 2n ** 63n - 1n)
  assert.deepEqual(view({ sequence: 0, data: {} })?.version, 0n)
})

test('has no view where the body carries no sequence that can be trusted to order it', () => {
  const view = (body: object) => standardWebhooks.canonical.view(Buffer.from(JSON.stringify(body)))
  for (const sequence of [undefined, null, -1, 1.5, '1.5', '', 'x', 2 ** 53, '9223372036854775808', true, {}]) {
    assert.equal(view({ data: { id: 1, sequence } }), undefined, JSON.stringify(sequence))
  }
  assert.equal(view({ sequence: 1 }), undefined)
})
