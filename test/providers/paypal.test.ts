import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { providerConformance, signedRequest } from 'posthorn/testing'
import { VerificationError } from '../../src/domain/errors.ts'
import { credentialHeaders } from '../../src/providers/access-token.ts'
import { type ProviderApi, createProviderApi } from '../../src/providers/api.ts'
import { publishedCertificates } from '../../src/providers/paypal/certificate-source.ts'
import { type CertificateSource, createPaypal, paypal } from '../../src/providers/paypal/index.ts'
import type { WebhookRequest } from '../../src/providers/provider.ts'
import { type TestCertificate, makeCertificate, toDer } from './certificates.ts'
import * as published from './paypal-sample.ts'

const NOW = 1_767_225_600
const WEBHOOK_ID = '0FV983392A0531201'
const URL_OF_CERTIFICATE = 'https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270'
const ISSUER_URL = 'http://cacerts.digicert.com/TestAuthority.crt'
const SIGNER = 'messageverificationcerts.paypal.com'

const root = makeCertificate({ name: 'Root', isAuthority: true, type: 'ec' })
const authority = makeCertificate({ name: 'Authority', issuer: root, isAuthority: true, type: 'ec' })
const leaf = makeCertificate({ name: SIGNER, issuer: authority, issuerUrl: ISSUER_URL })

type Published = Record<string, string | Buffer | Error>

/** A web on which these certificates stand. */
function webOf(published: Published): CertificateSource & { reads: string[] } {
  const reads: string[] = []
  return {
    reads,
    read({ href }) {
      reads.push(href)
      const found = published[href]
      if (found instanceof Error) return Promise.reject(found)
      return Promise.resolve(found === undefined ? undefined : Buffer.from(found))
    },
    roots: () => Promise.resolve([root.pem]),
  }
}

function stage(
  published: Published = { [URL_OF_CERTIFICATE]: leaf.pem + authority.pem },
  signer: TestCertificate = leaf,
) {
  const certificates = webOf(published)
  const provider = createPaypal({
    certificates,
    signer: { privateKey: signer.key, certificateUrl: URL_OF_CERTIFICATE },
  })
  const request = (body: object = captured, now = NOW): WebhookRequest =>
    signedRequest(provider, { body, secret: WEBHOOK_ID, now })
  const verdict = async (signed = request(), now = NOW): Promise<string> => {
    try {
      await provider.verify(signed, [WEBHOOK_ID], now)
      return 'accepted'
    } catch (error) {
      assert.ok(error instanceof VerificationError, String(error))
      return error.code
    }
  }
  return { provider, certificates, request, verdict }
}

const captured = {
  id: 'WH-58D329510W468432D-8HN650336L201105X',
  event_version: '1.0',
  create_time: '2025-12-31T23:59:50.000Z',
  resource_type: 'capture',
  resource_version: '2.0',
  event_type: 'PAYMENT.CAPTURE.COMPLETED',
  summary: 'Payment completed for EUR 57.0 EUR',
  resource: {
    id: '27M47624FP291604U',
    status: 'COMPLETED',
    amount: { currency_code: 'EUR', value: '57.00' },
    final_capture: true,
  },
  links: [],
}
const harness = {
  body: Buffer.from(JSON.stringify(captured)),
  type: captured.event_type,
  id: captured.id,
  secrets: [WEBHOOK_ID, '8PT597110X687430LKGECATA'] as const,
  signatureHeader: 'paypal-transmission-sig',
  requiredHeaders: ['paypal-transmission-id', 'paypal-transmission-time', 'paypal-cert-url', 'paypal-auth-algo'],
  canonical: {
    entity: { kind: 'capture', id: '27M47624FP291604U' },
    path: '/v2/payments/captures/27M47624FP291604U',
    probePath: '/v1/notifications/webhooks',
  },
}
providerConformance(stage().provider, harness)

test('verifies the sample that PayPal published, under a root that Node ships, with the issuer read where the certificate names it', async () => {
  const certificates = webOf({
    [published.CERTIFICATE_URL]: published.CERTIFICATE,
    [published.ISSUER_URL]: published.ISSUER,
  })
  const { verify } = createPaypal({ certificates: { ...certificates, roots: publishedCertificates.roots } })
  const refused = (code: string) => (error: unknown) => error instanceof VerificationError && error.code === code
  const { sample, SENT_AT, WEBHOOK_ID: id } = published
  assert.deepEqual(await verify(sample, [id], SENT_AT), { secretIndex: 0 })
  assert.deepEqual(certificates.reads, [published.CERTIFICATE_URL, published.ISSUER_URL])
  await assert.rejects(async () => verify(sample, ['NOTTOBEFOUND'], SENT_AT), refused('invalid_signature'))
  const changed = Buffer.from(sample.body.toString().replace('30.11', '30.12'))
  await assert.rejects(async () => verify({ ...sample, body: changed }, [id], SENT_AT), refused('invalid_signature'))
  await assert.rejects(async () => verify(sample, [id], SENT_AT + 5 * 86_400), refused('stale_timestamp'))
  await assert.rejects(
    async () => verify(sample, [id], NOW),
    refused('invalid_signature'),
    'its certificate has expired',
  )
  const [event] = paypal.identify(sample)
  assert.deepEqual(event, {
    id: 'WH-7MU294299R542214K-4N1831857K851783H',
    type: 'PAYMENTS.PAYMENT.CREATED',
    entity: { kind: 'payment', id: 'PAYID-LVT22VY7N839502VJ678725M' },
    occurredAt: new Date('2019-08-29T10:49:03.439Z'),
    apiVersion: '1.0',
    signedAs: 'afa30d40-ca4a-11e9-ab68-7d4e2605c70c',
  })
})

test('a time that is not in RFC 3339 is refused, and so is one too far off', async () => {
  const { verdict, request } = stage()
  for (const time of ['', 'yesterday', String(NOW), '2026-01-01', '2026-01-01T00:00:00', '2026-13-01T00:00:00Z']) {
    const headers = { ...request().headers, 'paypal-transmission-time': time }
    const expected = time === '' ? 'missing_timestamp' : 'bad_timestamp'
    assert.equal(await verdict({ ...request(), headers }), expected, time)
  }
  assert.equal(await verdict(request(captured, NOW), NOW + 4 * 86_400), 'accepted')
  assert.equal(await verdict(request(captured, NOW), NOW + 4 * 86_400 + 1), 'stale_timestamp')
})

test('no algorithm is taken but the one that PayPal uses', async () => {
  const { verdict, request } = stage()
  for (const algorithm of ['none', 'SHA1withRSA', 'sha256withrsa']) {
    const headers = { ...request().headers, 'paypal-auth-algo': algorithm }
    assert.equal(await verdict({ ...request(), headers }), 'invalid_signature')
  }
})

test('a certificate is read only where PayPal’s stand', async () => {
  const { verdict, request, certificates } = stage()
  for (const url of [
    URL_OF_CERTIFICATE.replace('https', 'http'),
    URL_OF_CERTIFICATE.replace('api.paypal.com', 'api.paypal.com.example'),
    URL_OF_CERTIFICATE.replace('api.paypal.com', 'www.paypal.com'),
    URL_OF_CERTIFICATE.replace('api.paypal.com', 'api.paypal.com:8443'),
    URL_OF_CERTIFICATE.replace('api.paypal.com', 'a@api.paypal.com'),
    URL_OF_CERTIFICATE.replace('/certs/', '/certs/../'),
    `${URL_OF_CERTIFICATE}?a=b`,
    `${URL_OF_CERTIFICATE}#`,
    `${URL_OF_CERTIFICATE}/x`,
    'http://169.254.169.254/latest/meta-data',
    'file:///etc/passwd',
    'x',
  ]) {
    const headers = { ...request().headers, 'paypal-cert-url': url }
    assert.equal(await verdict({ ...request(), headers }), 'invalid_signature', url)
  }
  assert.deepEqual(certificates.reads, [])
})

test('a certificate counts only with PayPal’s name, in its time, under authorities that lead to a trusted root', async () => {
  const stranger = makeCertificate({ name: 'Root', isAuthority: true, type: 'ec' })
  const notYet = { from: new Date('2026-06-01') }
  const over = { to: new Date('2025-12-31') }
  const chains: Record<string, (TestCertificate | string)[]> = {
    'self-signed, with the right name': [makeCertificate({ name: SIGNER })],
    'of a root that only has the right name': [makeCertificate({ name: SIGNER, issuer: stranger }), stranger],
    'with another name': [makeCertificate({ name: 'www.paypal.com', issuer: root })],
    'with a name that ends in another domain': [makeCertificate({ name: `${SIGNER}.example`, issuer: root })],
    'with a name that begins before': [makeCertificate({ name: `x${SIGNER}`, issuer: root })],
    'not valid yet': [makeCertificate({ name: SIGNER, issuer: root, ...notYet })],
    'not valid any more': [makeCertificate({ name: SIGNER, issuer: root, ...over })],
    'under an authority that is over': (() => {
      const expired = makeCertificate({ name: 'Old', issuer: root, isAuthority: true, type: 'ec', ...over })
      return [makeCertificate({ name: SIGNER, issuer: expired }), expired]
    })(),
    'under a certificate that is no authority': (() => {
      const end = makeCertificate({ name: 'End', issuer: root, type: 'ec' })
      return [makeCertificate({ name: SIGNER, issuer: end }), end]
    })(),
    'without its issuer': [makeCertificate({ name: SIGNER, issuer: authority })],
    'with a key that is not RSA': [makeCertificate({ name: SIGNER, issuer: root, type: 'ec' })],
    'that is none': ['<html>'],
    'that is not there': [],
  }
  for (const [what, chain] of Object.entries(chains)) {
    const [first] = chain
    const text = chain.map((one) => (typeof one === 'string' ? one : one.pem)).join('')
    const signer = typeof first === 'object' && first.key.asymmetricKeyType === 'rsa' ? first : leaf
    const { verdict } = stage(chain.length === 0 ? {} : { [URL_OF_CERTIFICATE]: text }, signer)
    assert.equal(await verdict(), 'invalid_signature', what)
  }
  const direct = makeCertificate({ name: 'messageverificationcerts.sandbox.paypal.com', issuer: root })
  assert.equal(await stage({ [URL_OF_CERTIFICATE]: direct.pem }, direct).verdict(), 'accepted')
  const fetched = { [URL_OF_CERTIFICATE]: leaf.pem, [ISSUER_URL]: toDer(authority) }
  assert.equal(await stage(fetched).verdict(), 'accepted')
  const misled = makeCertificate({ name: SIGNER, issuer: authority, issuerUrl: 'http://10.0.0.1/authority.crt' })
  const elsewhere = stage({ [URL_OF_CERTIFICATE]: misled.pem, 'http://10.0.0.1/authority.crt': authority.pem }, misled)
  assert.equal(await elsewhere.verdict(), 'invalid_signature')
  assert.deepEqual(elsewhere.certificates.reads, [URL_OF_CERTIFICATE])
})

test('what cannot be read now is no verdict: the sender is told to come again, and then it is read', async () => {
  const away = new Error('connect ETIMEDOUT')
  const places: Published = { [URL_OF_CERTIFICATE]: away }
  const { verdict } = stage(places)
  assert.equal(await verdict(), 'certificate_unavailable')
  places[URL_OF_CERTIFICATE] = leaf.pem
  places[ISSUER_URL] = away
  assert.equal(await verdict(), 'certificate_unavailable')
  places[ISSUER_URL] = authority.pem
  assert.equal(await verdict(), 'accepted')
})

test('a certificate is read once a day, by however many requests at once', async () => {
  const { verdict, request, certificates } = stage()
  assert.deepEqual(new Set(await Promise.all(Array.from({ length: 20 }, () => verdict()))), new Set(['accepted']))
  assert.equal(certificates.reads.length, 1)
  assert.equal(await verdict(request(captured, NOW + 86_400), NOW + 86_400), 'accepted')
  assert.equal(certificates.reads.length, 1)
  assert.equal(await verdict(request(captured, NOW + 86_401), NOW + 86_401), 'accepted')
  assert.equal(certificates.reads.length, 2)
})

test('a kept key is not used past the end of its certificate', async () => {
  const short = makeCertificate({ name: SIGNER, issuer: root, to: new Date((NOW + 60) * 1000) })
  const { verdict } = stage({ [URL_OF_CERTIFICATE]: short.pem }, short)
  assert.equal(await verdict(), 'accepted')
  assert.equal(await verdict(undefined, NOW + 61), 'invalid_signature')
})

test('strangers who name many certificates cannot have more than a few read at once, nor push out the known one', async () => {
  const waiting: (() => void)[] = []
  const slow = webOf({})
  const read = () => new Promise<undefined>((resolve) => waiting.push(() => resolve(undefined)))
  const signer = { privateKey: leaf.key, certificateUrl: URL_OF_CERTIFICATE }
  let isSlow = false
  const quick = webOf({ [URL_OF_CERTIFICATE]: leaf.pem + authority.pem })
  const certificates = { ...slow, read: (url: URL) => (isSlow ? read() : quick.read(url)) }
  const provider = createPaypal({ certificates, signer })
  const request = signedRequest(provider, { body: captured, secret: WEBHOOK_ID, now: NOW })
  assert.deepEqual(await provider.verify(request, [WEBHOOK_ID], NOW), { secretIndex: 0 })
  isSlow = true
  const attempts = Array.from({ length: 20 }, async (_, n) => {
    const headers = { ...request.headers, 'paypal-cert-url': `${URL_OF_CERTIFICATE}${n}` }
    return provider.verify({ ...request, headers }, [WEBHOOK_ID], NOW)
  })
  const settled = Promise.allSettled(attempts)
  assert.deepEqual(await provider.verify(request, [WEBHOOK_ID], NOW), { secretIndex: 0 })
  for (const answer of waiting) answer()
  const codes = (await settled).map((one) => (one.status === 'rejected' ? (one.reason as VerificationError).code : ''))
  assert.equal(codes.filter((code) => code === 'invalid_signature').length, 8)
  assert.equal(codes.filter((code) => code === 'certificate_unavailable').length, 12)
})

test('a body of the same checksum verifies, too, and is what the same transmission said: it can be no event of its own', async () => {
  const { request, verdict } = stage()
  const signed = request()
  const forged = { ...signed, body: withChecksumOf(signed.body, '{"id":"WH-FORGED","event_type":"x"}') }
  assert.equal(await verdict(forged), 'accepted')
  const [transmission] = paypal.identify(signed)
  assert.equal(transmission?.signedAs, signed.headers['paypal-transmission-id'])
  assert.equal(paypal.idSigned, false)
})

/** `text` and four bytes behind it that bring its CRC-32 to that of `body`. */
function withChecksumOf(body: Buffer, text: string): Buffer {
  const table = Array.from({ length: 256 }, (_, n) => {
    let value = n
    for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
    return value >>> 0
  })
  const step = (crc: number, byte: number): number => ((crc >>> 8) ^ (table[(crc ^ byte) & 0xff] ?? 0)) >>> 0
  const register = (bytes: Buffer): number => bytes.reduce(step, 0xffffffff)
  let wanted = register(body)
  const indices: number[] = []
  for (let n = 0; n < 4; n += 1) {
    const index = table.findIndex((value) => value >>> 24 === wanted >>> 24)
    indices.unshift(index)
    wanted = ((wanted ^ (table[index] ?? 0)) << 8) >>> 0
  }
  let crc = register(Buffer.from(text))
  const patch = indices.map((index) => {
    const byte = (crc ^ index) & 0xff
    crc = step(crc, byte)
    return byte
  })
  return Buffer.concat([Buffer.from(text), Buffer.from(patch)])
}

test('only a signer in PayPal’s place can sign', () => {
  assert.throws(() => signedRequest(paypal, { body: captured, secret: WEBHOOK_ID }), /give createPaypal a signer/)
})

test('reads what an event is about, wherever its resource keeps its ID', () => {
  const entity = (resource_type: string, resource: object) =>
    paypal.identify({
      method: 'POST',
      url: '',
      headers: {},
      body: Buffer.from(JSON.stringify({ ...captured, resource_type, resource })),
    })[0]?.entity
  assert.deepEqual(entity('dispute', { dispute_id: 'PP-D-1' }), { kind: 'dispute', id: 'PP-D-1' })
  assert.deepEqual(entity('payouts', { batch_header: { payout_batch_id: 'B1' } }), { kind: 'payouts', id: 'B1' })
  assert.deepEqual(entity('payouts_item', { payout_item_id: 'I1' }), { kind: 'payouts_item', id: 'I1' })
  assert.deepEqual(entity('invoices', { invoice: { id: 'INV2-1' } }), { kind: 'invoices', id: 'INV2-1' })
  assert.equal(entity('capture', {}), undefined)
})

const page = (json: unknown): { api: ProviderApi; calls: string[] } => {
  const calls: string[] = []
  const answer = (path: string) => {
    calls.push(path)
    return Promise.resolve({ status: 200, headers: new Headers(), json })
  }
  return { api: { get: answer, post: answer }, calls }
}

test('lists the events of a window with their bytes, page after page, and follows no link to another host', async () => {
  const path = '/v1/notifications/webhooks-events'
  const next = { rel: 'next', href: `https://elsewhere.example${path}?page_token=abc&page_size=100`, method: 'GET' }
  const { api, calls } = page({ events: [captured, null, { id: 'x' }], count: 1, links: [{ rel: 'self' }, next] })
  const window = { from: new Date('2025-12-31T00:00:00.500Z'), to: new Date('2026-01-01T00:00:00Z') }
  const first = await paypal.listing.page(api, window)
  assert.deepEqual(first, {
    events: [
      { id: captured.id, type: captured.event_type, occurredAt: new Date(captured.create_time), body: harness.body },
    ],
    next: 'page_token=abc&page_size=100',
  })
  await paypal.listing.page(api, { ...window, cursor: first.next ?? '' })
  assert.deepEqual(calls, [
    `${path}?page_size=100&start_time=2025-12-31T00%3A00%3A00Z&end_time=2026-01-01T00%3A00%3A00Z`,
    `${path}?page_token=abc&page_size=100`,
  ])
  assert.deepEqual(await paypal.listing.page(page({ count: 0, links: [next] }).api, window), { events: [] })
  await assert.rejects(async () => paypal.listing.page(page({ events: {} }).api, window), /answered no list/)
})

test('asks PayPal to send an event again', async () => {
  const { api, calls } = page(undefined)
  await paypal.listing.redeliver?.(api, { id: 'WH-1', type: 't' })
  assert.deepEqual(calls, ['/v1/notifications/webhooks-events/WH-1/resend'])
})

/** An API that gives out tokens, and takes only the last one. */
async function tokenServer(context: TestContext) {
  const seen: string[] = []
  const state = { given: 0, valid: '' }
  const server = createServer((request, response) => {
    const { url = '', headers } = request
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      const isGrant = url === '/v1/oauth2/token'
      seen.push(isGrant ? `${headers.authorization} ${headers['content-type']} ${body}` : url)
      if (isGrant) state.valid = `token-${++state.given}`
      const ok = isGrant || headers.authorization === `Bearer ${state.valid}`
      response.writeHead(ok ? 200 : 401, { 'content-type': 'application/json' })
      response.end(JSON.stringify(isGrant ? { access_token: state.valid, expires_in: 32_400 } : { id: 'here' }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  context.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { seen, state, baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

test('buys a token with the app’s credentials when it needs one, keeps it, and buys another when it was refused', async (context) => {
  const { seen, state, baseUrl } = await tokenServer(context)
  const headers = credentialHeaders(paypal.canonical, { token: 'client:secret', baseUrl })
  const api = createProviderApi({ baseUrl, headers })
  const grant = `Basic ${Buffer.from('client:secret').toString('base64')} application/x-www-form-urlencoded grant_type=client_credentials`
  const read = () => paypal.canonical.fetch(api, { kind: 'capture', id: 'c1' })
  const path = '/v2/payments/captures/c1'
  assert.deepEqual(await Promise.all([read(), read()]), Array(2).fill({ found: true, state: { id: 'here' } }))
  assert.deepEqual(seen.splice(0), [grant, path, path])
  await read()
  assert.deepEqual(seen.splice(0), [path])
  state.valid = 'revoked'
  await read()
  assert.deepEqual(seen.splice(0), [path, grant, path])
})

test('a secret that is no webhook ID is warned about', () => {
  assert.equal(paypal.checkSecret(WEBHOOK_ID), undefined)
  assert.match(paypal.checkSecret('WEBHOOK_ID') ?? '', /anybody/)
  assert.match(paypal.checkSecret('https://hooks.example.com') ?? '', /not the ID/)
})
