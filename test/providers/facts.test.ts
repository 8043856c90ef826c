/** What every shipped provider says of itself, held against what it does. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { genericProvider } from 'posthorn/provider'
import { signedRequest } from 'posthorn/testing'
import { newSecret } from '../../src/providers/new-secret.ts'
import type { Provider } from '../../src/providers/provider.ts'
import { loadSamples } from '../../src/simulator/samples.ts'
import { providers } from '../support/providers.ts'

const all: readonly Provider[] = Object.values(providers)

test('every provider says in one sentence how it signs, what to enter where, and what it documents of its deliveries', () => {
  for (const { name, scheme = '', setUp, delivery, canonical, listing, entityListing } of all) {
    assert.match(scheme, /^[A-Z].*\.$/, name)
    assert.ok(setUp !== undefined && delivery !== undefined, name)
    assert.ok(delivery.note !== undefined || delivery.retryAfterSeconds !== undefined, name)
    const isReader = 'fetch' in canonical
    assert.equal(setUp.token !== undefined, isReader, `${name}: token`)
    assert.equal(setUp.baseUrl !== undefined, isReader && canonical.baseUrl === '', `${name}: baseUrl`)
    assert.equal(setUp.listing !== undefined, (listing ?? entityListing)?.needsPlace === true, `${name}: listing`)
  }
})

test('every sentence is one: it begins with a capital or a name, and ends', () => {
  for (const { name, setUp, delivery, notes = [] } of all) {
    for (const sentence of [...Object.values<string>({ ...setUp }), ...notes, delivery?.note ?? 'None.']) {
      assert.match(sentence, /^[A-Z0-9`].*[.!]$/s, name)
    }
  }
})

test('a provider that lists events names them as webhooks do, and one that lists entities can read them', () => {
  for (const { name, listKey, listing, entityListing, canonical } of all) {
    assert.equal(listKey, listing ? 'exact' : entityListing ? 'entity' : 'none', name)
    const kinds = 'kinds' in canonical ? canonical.kinds : []
    assert.deepEqual(entityListing?.kinds.filter((kind) => !kinds.includes(kind)) ?? [], [], name)
  }
})

test('what is said of the signature names the header that it stands in', async () => {
  const signing = all.filter(({ setUp }) => setUp?.tryOut === undefined)
  assert.ok(signing.length > 20)
  for (const provider of signing) {
    const samples = await loadSamples(provider)
    // A notification of Adyen has its signatures inside.
    const type = samples?.types.find((one) => provider.name !== 'adyen' || one.startsWith('balancePlatform')) ?? ''
    const sample = samples?.write(type, { id: 'evt_1', now: new Date(), seed: 'facts' })
    const { body } = sample ?? assert.fail(`${provider.name} has no sample`)
    const { headers } = signedRequest(provider, { body, secret: newSecret(provider).sign, type, id: 'evt_1' })
    const scheme = provider.scheme?.toLowerCase() ?? ''
    const named = Object.keys(headers).filter((header) => scheme.includes(header))
    assert.notDeepEqual(named, [], `${provider.name}: ${Object.keys(headers).join(', ')}`)
  }
})

test('a new secret looks right to its provider, and no two are alike', () => {
  for (const provider of all) {
    const [one, other] = [newSecret(provider), newSecret(provider)]
    assert.equal(provider.checkSecret?.(one.verify), undefined, provider.name)
    assert.notEqual(one.verify, other.verify)
  }
})

test('a provider that is described by its configuration says how it signs, and makes secrets of that form', () => {
  const described = [
    { kind: 'hmac', header: 'x-sig', algorithm: 'sha512', encoding: 'base64', secret: 'base64' },
    { kind: 'hmac', header: 'x-sig', content: '{timestamp}.{body}' },
    { kind: 'ed25519', header: 'x-sig' },
    { kind: 'ecdsa', header: 'x-sig' },
    { kind: 'rsa', header: 'x-sig', prefix: 'v1=' },
    { kind: 'bearer' },
    { kind: 'token', header: 'x-token' },
    { kind: 'basic' },
  ] as const
  const schemes = described.map((signature) => {
    const provider = genericProvider({ name: 'acme', signature, timestamp: { header: 'x-time', toleranceSeconds: 60 } })
    const { sign, verify } = newSecret(provider)
    const request = signedRequest(provider, { body: { type: 'thing.made' }, secret: sign })
    assert.deepEqual(provider.verify(request, [verify], Number(request.headers['x-time'])), { secretIndex: 0 })
    return provider.scheme
  })
  assert.deepEqual(schemes, [
    'HMAC-SHA512 of the raw body in base64, in x-sig; x-time may be 60 s off.',
    'HMAC-SHA256 of `{timestamp}.{body}` in hex, in x-sig; x-time may be 60 s off.',
    'Ed25519 of the raw body in base64, in x-sig; x-time may be 60 s off.',
    'ECDSA with SHA-256 of the raw body in base64, in x-sig; x-time may be 60 s off.',
    'RSA with SHA-256 of the raw body in base64, after `v1=` in x-sig; x-time may be 60 s off.',
    'The secret itself as a bearer token in authorization; nothing is signed.',
    'The secret itself in x-token; nothing is signed.',
    'The secret itself, `user:password`, in authorization as Basic; nothing is signed.',
  ])
})
