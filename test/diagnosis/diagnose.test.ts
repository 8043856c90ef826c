import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { test } from 'node:test'
import { type Diagnosis } from '../../src/diagnosis/diagnosis.ts'
import { diagnose } from '../../src/diagnosis/diagnose.ts'
import { newSecret } from '../../src/providers/new-secret.ts'
import { createPaypal } from '../../src/providers/paypal/index.ts'
import type { Provider, WebhookRequest } from '../../src/providers/provider.ts'
import { loadSamples } from '../../src/simulator/samples.ts'
import { hookUrl, signWebhook } from '../../src/simulator/sign-webhook.ts'
import { standInPaypal } from '../simulator/stand-in-paypal.ts'
import { providers as shipped } from '../support/providers.ts'

const providers: readonly Provider[] = Object.values({ ...shipped, paypal: standInPaypal() })
const AT = new Date()
const NOW = Math.floor(AT.getTime() / 1000)
const SECRET = 'It-is-a-secret-of-the-tests-0123456789'
const BODY = Buffer.from('{"id":"evt_1","type":"call.ended","action":"opened","amount":4.20,"name":"Žofie"}')

const hmac = (algorithm: string, content: Buffer | string, key: string | Buffer = SECRET) =>
  createHmac(algorithm, key).update(content)

const post = (headers: Record<string, string>, body = BODY): WebhookRequest => ({
  method: 'POST',
  url: 'https://hooks.example.com/webhooks/shop',
  headers: { host: 'hooks.example.com', 'content-type': 'application/json', 'x-github-event': 'ping', ...headers },
  body,
})

const explain = (provider: Provider, request: WebhookRequest, secret = SECRET, at = AT): Promise<Diagnosis> =>
  diagnose({ provider, request, secrets: [{ slot: 'current', value: secret }], at })

for (const provider of providers) {
  test(`a good request of ${provider.name} is found good, and one with another secret is not`, async () => {
    const samples = (await loadSamples(provider)) ?? assert.fail()
    const [type = ''] = samples.types
    const { sign, verify } = newSecret(provider)
    const id = samples.newId('one')
    const content = samples.write(type, { id, now: AT, seed: 'one' }) ?? assert.fail()
    const url = hookUrl(provider, `https://hooks.example.com/webhooks/${provider.name}`, content)
    const signed = signWebhook({ provider, secret: sign, facts: { now: NOW, url, id, type }, ...content })
    const request = { method: 'POST', url, ...signed }
    const good = await explain(provider, request, verify)
    assert.deepEqual([good.verified, good.findings.at(-1)?.result], [true, 'right'], JSON.stringify(good))
    const other = newSecret(provider).verify
    const bad = await explain(provider, request, other)
    assert.deepEqual([bad.verified, bad.code, bad.wouldMatch], [false, 'invalid_signature', []])
    assert.match(bad.conclusion, /secret is another one/)
    for (const secret of [sign, verify, other]) assert.ok(!JSON.stringify([good, bad]).includes(secret))
  })
}

/** What is wrong with a request, and the words that must be found for it. */
const MISTAKES: readonly (readonly [name: string, request: () => WebhookRequest, words: RegExp, secret?: string])[] = [
  [
    'SHA-1 under the name of the newer header',
    () => post({ 'x-hub-signature-256': `sha256=${hmac('sha1', BODY).digest('hex')}` }),
    /HMAC-SHA-1 in place of HMAC-SHA-256/,
  ],
  [
    'SHA-512',
    () => post({ 'x-hub-signature-256': `sha256=${hmac('sha512', BODY).digest('hex')}` }),
    /HMAC-SHA-512 in place of/,
  ],
  ['MD5', () => post({ 'x-hub-signature-256': `sha256=${hmac('md5', BODY).digest('hex')}` }), /HMAC-MD5 in place of/],
  [
    'base64 in place of hex',
    () => post({ 'x-hub-signature-256': `sha256=${hmac('sha256', BODY).digest('base64')}` }),
    /base64 in place of hex/,
  ],
  [
    'capitals',
    () => post({ 'x-hub-signature-256': `sha256=${hmac('sha256', BODY).digest('hex').toUpperCase()}` }),
    /hex in capitals in place of hex/,
  ],
  [
    'a hash without a key',
    () => post({ 'x-hub-signature-256': `sha256=${createHash('sha256').update(BODY).digest('hex')}` }),
    /plain SHA-256 without a key/,
  ],
  [
    'a signature in another header',
    () => post({ 'x-signature': `sha256=${hmac('sha256', BODY).digest('hex')}` }),
    /the signature in x-signature, in place of x-hub-signature-256/,
  ],
  [
    'a pretty body where the compact one was signed',
    () => post(signed(COMPACT), Buffer.from(JSON.stringify(JSON.parse(COMPACT.toString()), undefined, 2))),
    /parsed and written anew without white space/,
  ],
  [
    'a compact body where Python wrote the signed one',
    () => post(signed(Buffer.from('{"a": 1, "b": [1, 2]}')), Buffer.from('{"a":1,"b":[1,2]}')),
    /as Python does/,
  ],
  [
    'escaped letters where they were signed as they are',
    () => post(signed(Buffer.from('{"a":"\\u017dofie"}')), Buffer.from('{"a":"Žofie"}')),
    /all but ASCII escaped/,
  ],
  [
    'a line feed that was added',
    () => post(signed(BODY), Buffer.concat([BODY, Buffer.from('\n')])),
    /without the white space at its ends/,
  ],
  [
    'a line feed that was lost',
    () => post(signed(Buffer.concat([BODY, Buffer.from('\n')]))),
    /a line feed behind the body/,
  ],
  [
    'line ends that were changed',
    () => post(signed(Buffer.from('{\r\n"a":1}')), Buffer.from('{\n"a":1}')),
    /CR LF where the body has LF/,
  ],
  ['an empty body', () => post(signed(Buffer.alloc(0))), /an empty body/],
  [
    'a time that was signed, too',
    () => post(signed(Buffer.concat([Buffer.from(`${NOW}.`), BODY]), { 'x-timestamp': String(NOW) })),
    /the time, a dot and the body signed, in place of the body/,
  ],
  [
    'a secret with white space',
    () => post(signed(BODY)),
    /the secret without the white space around it/,
    `${SECRET}\n`,
  ],
  ['a secret in quotes', () => post(signed(BODY)), /the secret without its quotes/, `"${SECRET}"`],
  [
    'a secret that is the key in hex',
    () =>
      post({
        'x-hub-signature-256': `sha256=${hmac('sha256', BODY, Buffer.from('ab'.repeat(20), 'hex')).digest('hex')}`,
      }),
    /read as hex/,
    'ab'.repeat(20),
  ],
  [
    'a secret that is the key in base64',
    () => post({ 'x-hub-signature-256': `sha256=${hmac('sha256', BODY, Buffer.alloc(30, 7)).digest('hex')}` }),
    /read as base64/,
    Buffer.alloc(30, 7).toString('base64'),
  ],
]

const COMPACT = Buffer.from('{"a":1,"b":"text"}')

function signed(content: Buffer, more: Record<string, string> = {}): Record<string, string> {
  return { 'x-hub-signature-256': `sha256=${hmac('sha256', content).digest('hex')}`, ...more }
}

for (const [name, request, words, secret] of MISTAKES) {
  test(`finds out ${name}`, async () => {
    const { verified, wouldMatch } = await explain(shipped.github, request(), secret)
    assert.equal(verified, false)
    assert.match(wouldMatch.join('\n'), words)
  })
}

test('a missing signature is said, with what came in its place', async () => {
  const { code, findings, conclusion } = await explain(shipped.github, post({ 'x-shopify-hmac-sha256': 'x' }))
  assert.equal(code, 'missing_signature')
  const found = findings.find(({ check }) => check === 'headers')
  assert.match(found?.detail ?? '', /Missing: x-hub-signature-256\..*x-shopify-hmac-sha256/)
  assert.match(conclusion, /not signed where it should be/)
})

test('a signature of another form is described beside the right one', async () => {
  const { findings } = await explain(
    shipped.github,
    post({ 'x-hub-signature-256': hmac('sha256', BODY).digest('hex') }),
  )
  const format = findings.find(({ check }) => check === 'format')
  assert.equal(format?.result, 'wrong')
  assert.match(
    format?.detail ?? '',
    /is 64 hex digits, as SHA-256 has, where sha256= and 64 hex digits, as SHA-256 has/,
  )
})

test('an old request is told from a wrong one, with its age', async () => {
  const signature = `t=${NOW - 7_500},v1=${hmac('sha256', `${NOW - 7_500}.{}`).digest('hex')}`
  const request = post({ 'stripe-signature': signature }, Buffer.from('{}'))
  const { code, wouldMatch, findings, conclusion } = await explain(shipped.stripe, request)
  assert.equal(code, 'stale_timestamp')
  assert.match(wouldMatch.join('\n'), /at the time that stripe-signature states, 2 h 5 min before it came/)
  assert.ok(findings.some(({ check, result }) => check === 'time' && result === 'wrong'))
  assert.match(conclusion, /signature is right and the time is not/)
  const then = new Date((NOW - 7_500) * 1000)
  assert.notEqual((await explain(shipped.stripe, request, SECRET, then)).code, 'stale_timestamp')
})

test('a form is read with the wrong URL, and the right one is found', async () => {
  const { twilio } = shipped
  const body = Buffer.from('MessageSid=SM1&MessageStatus=sent')
  const url = 'http://hooks.example.com/webhooks/shop'
  const request = { ...post({}, body), headers: twilio.sign(body, SECRET, { now: NOW, url, id: 'x' }) }
  const { wouldMatch } = await explain(twilio, request)
  assert.match(wouldMatch.join('\n'), /http:\/\/ in the URL/)
})

test('a token that covers another URL or another body says so', async () => {
  const { messagebird } = shipped
  const elsewhere = messagebird.sign(BODY, SECRET, { now: NOW, url: 'https://elsewhere.example.com/', id: 'x' })
  assert.match((await explain(messagebird, post(elsewhere))).conclusion, /hash of another URL/)
  const changed = messagebird.sign(Buffer.from('{}'), SECRET, { now: NOW, url: post({}).url, id: 'x' })
  const { conclusion, wouldMatch } = await explain(messagebird, post(changed))
  assert.deepEqual(wouldMatch, [])
  assert.match(conclusion, /hash of another body/)
})

test('a provider that cannot be verified without its network says so', async () => {
  let reads = 0
  const read = () => {
    reads += 1
    return Promise.reject(new Error('offline'))
  }
  const paypal = createPaypal({ certificates: { read, roots: () => Promise.resolve([]) } })
  const headers = {
    'paypal-transmission-id': 'a',
    'paypal-transmission-time': AT.toISOString(),
    'paypal-transmission-sig': Buffer.alloc(256, 1).toString('base64'),
    'paypal-cert-url': 'https://api.paypal.com/v1/notifications/certs/CERT-1',
    'paypal-auth-algo': 'SHA256withRSA',
  }
  const { code, conclusion, findings } = await explain(paypal, post(headers))
  assert.equal(code, 'certificate_unavailable')
  assert.match(conclusion, /cannot be verified without its network/)
  assert.equal(reads, 1)
  assert.match(findings.find(({ check }) => check === 'headers')?.detail ?? '', /paypal-transmission-sig/)
})

test('nothing of a secret or of a signature stands in a diagnosis', async () => {
  for (const [, request, , secret = SECRET] of MISTAKES) {
    const told = JSON.stringify(await explain(shipped.github, request(), secret))
    const [digest = ''] = /[0-9a-f]{32,}/.exec(request().headers['x-hub-signature-256'] ?? '') ?? []
    assert.ok(!told.includes(secret.trim()))
    assert.ok(digest === '' || !told.includes(digest))
  }
})

test('a body of a megabyte is judged within seconds', async () => {
  const body = Buffer.from(JSON.stringify({ text: 'x'.repeat(1024 * 1024) }))
  const startedAt = performance.now()
  const { verified } = await explain(
    shipped.stripe,
    post({ 'stripe-signature': `t=${NOW},v1=${'a'.repeat(64)}` }, body),
  )
  assert.equal(verified, false)
  assert.ok(performance.now() - startedAt < 30_000)
})
