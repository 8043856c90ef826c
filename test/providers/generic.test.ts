import assert from 'node:assert/strict'
import { createHmac, generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { providerConformance, signedRequest } from 'posthorn/testing'
import { VerificationError } from '../../src/domain/errors.ts'
import { caseManagement } from '../../src/providers/case-management/index.ts'
import { genericProvider } from '../../src/providers/generic/generic-provider.ts'
import { generic } from '../../src/providers/generic/index.ts'
import type { GenericOptions } from '../../src/providers/generic/scheme.ts'
import { tenant } from '../../src/providers/tenant/index.ts'
import { x402 } from '../../src/providers/x402/index.ts'

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))
const secrets = ['a secret of the endpoint', 'a secret of last year'] as const
const paid = { id: 'evt_test_123', type: 'payment.succeeded' }
const paidBody = json({ ...paid, data: { payment_id: 'pay_123', amount: 5000, currency: 'usd', status: 'succeeded' } })
const common = { ...paid, body: paidBody, secrets }

providerConformance(generic, { ...common, signatureHeader: 'x-webhook-signature' })
providerConformance(x402, { ...common, signatureHeader: 'x-webhook-signature', malformedSignatures: ['a'.repeat(64)] })
providerConformance(tenant, {
  ...common,
  signatureHeader: 'x-webhook-signature',
  malformedSignatures: [`sha256=${'a'.repeat(64)}`],
})
providerConformance(caseManagement, {
  body: json({
    event_type: 'case.created',
    event_id: 'evt_abc123',
    timestamp: '2025-12-31T23:59:50Z',
    data: { case_id: 'case_17', created_by: 'ada', priority: 'high' },
  }),
  id: 'evt_abc123',
  type: 'case.created',
  secrets,
  signatureHeader: 'x-signature-256',
  malformedSignatures: ['sha256=invalid_signature_here'],
})

const timed: GenericOptions = {
  name: 'timed',
  signature: {
    kind: 'hmac',
    algorithm: 'sha512',
    encoding: 'base64',
    secret: 'hex',
    header: 'x-signature',
    prefix: 'v2=',
    content: '{method}:{header:x-event-id}:{timestamp}.{body}',
  },
  timestamp: { header: 'x-time', toleranceSeconds: 60 },
  id: ['header:x-event-id'],
  type: ['header:x-event-type', '/kind'],
}
const hexSecrets = ['00112233445566778899aabbccddeeff', 'ffeeddccbbaa99887766554433221100'] as const
providerConformance(genericProvider(timed), {
  body: json({ kind: 'thing.made' }),
  id: 'evt_1',
  type: 'thing.made',
  secrets: hexSecrets,
  signatureHeader: 'x-signature',
  requiredHeaders: ['x-event-id'],
  time: { tolerance: 60, replace: (headers, time) => ({ ...headers, 'x-time': time }) },
})

function pair(type: 'ed25519' | 'ec' | 'rsa') {
  const { publicKey, privateKey } =
    type === 'ed25519'
      ? generateKeyPairSync('ed25519')
      : type === 'ec'
        ? generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
        : generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString().trim()
  return { sign: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), verify: pem }
}
for (const [kind, type] of [
  ['ed25519', 'ed25519'],
  ['ecdsa', 'ec'],
  ['rsa', 'rsa'],
] as const) {
  providerConformance(genericProvider({ name: kind, signature: { kind, header: 'x-signature' } }), {
    ...paid,
    body: paidBody,
    secrets: [pair(type), pair(type)],
    signatureHeader: 'x-signature',
  })
}

test('an HMAC over a template is what anybody computes from its description', () => {
  const provider = genericProvider(timed)
  const body = json({ kind: 'thing.made' })
  const { headers } = signedRequest(provider, { body, secret: hexSecrets[0], id: 'evt_1', now: 1_767_225_600 })
  const content = Buffer.concat([Buffer.from('POST:evt_1:1767225600.'), body])
  const expected = createHmac('sha512', Buffer.from(hexSecrets[0], 'hex')).update(content).digest('base64')
  assert.equal(headers['x-signature'], `v2=${expected}`)
  assert.equal(provider.idSigned, true, 'the template covers the ID')
})

test('the ID is signed where every header that may hold it stands in the signed content', () => {
  const id = ['header:x-delivery-id'] as const
  const isSigned = (content: string, places: GenericOptions['id'] = id): boolean =>
    genericProvider({ name: 'p', signature: { kind: 'hmac', header: 'x-sig', content }, id: places }).idSigned
  assert.equal(isSigned('{id}.{body}'), true)
  assert.equal(isSigned('{header:x-delivery-id}.{body}'), true)
  assert.equal(isSigned('{header:x-timestamp}.{body}'), false)
  assert.equal(isSigned('{body}'), false)
  assert.equal(isSigned('{body}', ['/id']), true)
  const two = ['/id', ...id, 'header:x-id'] as const
  assert.equal(isSigned('{id}.{body}', two), false)
  assert.equal(isSigned('{id}.{header:x-id}.{body}', two), true)
})

const refused = (code: string) => (error: unknown) => error instanceof VerificationError && error.code === code

test('a token, alone or as bearer or basic credentials, proves the request; another or none is refused', async () => {
  const schemes = [{ kind: 'bearer' }, { kind: 'token', header: 'x-token' }, { kind: 'basic' }] as const
  for (const signature of schemes) {
    const provider = genericProvider({ name: signature.kind, signature })
    const request = signedRequest(provider, { body: paidBody, secret: 'user:a password' })
    assert.deepEqual(await provider.verify(request, ['other', 'user:a password'], 0), { secretIndex: 1 })
    const attempt = async (headers: Record<string, string>, secret: string) =>
      provider.verify({ ...request, headers }, [secret], 0)
    await assert.rejects(attempt(request.headers, 'user:a passwore'), refused('invalid_signature'))
    await assert.rejects(attempt({}, 'user:a password'), refused('missing_signature'))
    await assert.rejects(attempt(request.headers, ''), refused('invalid_signature'))
  }
})

test('a case-management request with a signature is judged by it, whatever token comes along', async () => {
  const bare = { method: 'POST', url: '', body: paidBody }
  const authorization = 'Bearer the secret'
  assert.deepEqual(await caseManagement.verify({ ...bare, headers: { authorization } }, ['the secret'], 0), {
    secretIndex: 0,
  })
  const forged = { ...bare, headers: { authorization, 'x-signature-256': `sha256=${'a'.repeat(64)}` } }
  await assert.rejects(async () => caseManagement.verify(forged, ['the secret'], 0), refused('invalid_signature'))
})

test('a header that contradicts the signed body is a mismatch, and alone it is an unsigned ID', () => {
  const headers = { 'x-event-id': 'evt_other' }
  const body = json({ event_type: 'case.created', event_id: 'evt_1' })
  assert.throws(() => caseManagement.identify({ method: 'POST', url: '', headers, body }), refused('type_mismatch'))
  const [event] = caseManagement.identify({
    method: 'POST',
    url: '',
    headers,
    body: json({ event_type: 'case.closed' }),
  })
  assert.deepEqual([event?.id, caseManagement.idSigned], ['evt_other', false])
})

test('places are JSON pointers with escapes and array positions, and never reach inherited members', () => {
  const read = (id: `/${string}`, body: object): string | undefined => {
    const provider = genericProvider({ name: 'p', signature: { kind: 'bearer' }, id: [id] })
    return provider.identify({ method: 'POST', url: '', headers: {}, body: json({ type: 't', ...body }) })[0]?.id
  }
  assert.equal(read('/a~1b/1/c~0d', { 'a/b': [0, { 'c~d': 17 }] }), '17')
  assert.equal(read('/constructor/name', {}), undefined)
  assert.equal(read('/list/length', { list: [1] }), undefined)
})

test('a body with a sequence can be mirrored; one without cannot', () => {
  const { canonical } = genericProvider({ name: 'p', signature: { kind: 'bearer' }, sequence: '/version' })
  assert.ok('view' in canonical)
  assert.equal(canonical.view(json({ version: 3, a: 1 }))?.version, 3n)
  assert.equal(canonical.view(json({ a: 1 })), undefined)
})

test('a description that cannot be right is refused where it is written', () => {
  const sign = (content: string) => () =>
    genericProvider({ name: 'p', signature: { kind: 'hmac', header: 'x-s', content } })
  assert.throws(sign('{timestamp}'), /must contain \{body\}/)
  assert.throws(sign('{bdoy}{body}'), /braces that name nothing: "\{bdoy\}"/)
  const id = ['data.id'] as unknown as GenericOptions['id'] & {}
  assert.throws(() => genericProvider({ name: 'p', signature: { kind: 'bearer' }, id }), /"data.id" is no place/)
})
