/** What forgers try, and senders with a flaw: each on the production app, over a real socket. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { IncomingEvent } from '../../src/storage/inbox.ts'
import { post } from './raw-connection.ts'
import { type TestReceiver, inboxThat, startReceiver } from './start-receiver.ts'
import { CALLS, CODE, SECRET, SHOP, STANDARD, type Webhook, testSource, unixNow, webhook } from './webhooks.ts'

const OLD_SECRET = 'the-secret-before-this-one'
const ROTATING = testSource({
  id: 'rotating',
  secrets: [
    { slot: 'current', value: SECRET },
    { slot: 'previous', value: OLD_SECRET },
  ],
})

let receiver: TestReceiver
const stored: IncomingEvent[] = []

before(async () => {
  const accept = (event: IncomingEvent) => {
    stored.push(event)
    return Promise.resolve({ acceptance: 'new' as const, key: event.eventId })
  }
  const inbox = inboxThat(accept)
  receiver = await startReceiver({ sources: [CALLS, SHOP, CODE, STANDARD, ROTATING], inbox })
})
after(() => receiver.close())

async function accepted(request: Webhook): Promise<IncomingEvent> {
  const answer = await post(receiver.port, request)
  assert.deepEqual([answer.status, answer.body], [200, '{"received":true}'])
  return stored.at(-1) as IncomingEvent
}

async function refused(request: Webhook, code: string): Promise<void> {
  const before = stored.length
  const answer = await post(receiver.port, request)
  assert.deepEqual([answer.status, errorOf(answer.body).code], [401, code])
  assert.equal(stored.length, before, 'a refused request must not reach the inbox')
}

function without(request: Webhook, header: string): Webhook {
  const { [header]: _, ...headers } = request.headers
  return { ...request, headers }
}

const errorOf = (body: string): { code: string; message: string } =>
  (JSON.parse(body) as { error: { code: string; message: string } }).error

/** For each provider the header of its signature, and signatures that are none. */
const SIGNATURES = [
  { source: CALLS, header: 'x-teamconnect-signature', broken: ['sha256=abc', 'sha256=', 'invalid-signature'] },
  { source: CODE, header: 'x-hub-signature-256', broken: ['sha256=abc', 'sha256=', 'invalid-signature'] },
  { source: SHOP, header: 'stripe-signature', broken: [`t=${unixNow()},v1=abc`, `t=${unixNow()},v1=`, 'garbage'] },
  { source: STANDARD, header: 'webhook-signature', broken: ['v1,AAAA', 'v1,', 'invalid-signature'] },
]

for (const { source, header, broken } of SIGNATURES) {
  const { name } = source.provider

  test(`${name}: a genuine webhook is 200 {"received":true} (row 325)`, async () => {
    await accepted(webhook({ source }))
  })

  test(`${name}: a missing signature is 401 with a message of its own (rows 19, 330)`, async () => {
    const request = without(webhook({ source }), header)
    await refused(request, 'missing_signature')
    assert.equal(errorOf((await post(receiver.port, request)).body).message, 'Missing signature')
  })

  test(`${name}: a signature of the wrong length or form is 401, and no crash of the comparison (rows 60, 326, 329)`, async () => {
    for (const signature of broken) {
      await refused(webhook({ source, headers: { [header]: signature } }), 'invalid_signature')
    }
  })

  test(`${name}: bytes that are no UTF-8 are verified and stored as they came (row 81)`, async () => {
    const body = Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0xc3, 0x28, 0x22, 0x7d])
    const request = webhook({ source, body })
    assert.deepEqual((await accepted(request)).body, body)
    await refused({ ...request, body: Buffer.from(body.toString('utf8')) }, 'invalid_signature')
  })

  test(`${name}: a body altered after signing is 401 (row 87)`, async () => {
    const request = webhook({ source })
    await refused({ ...request, body: Buffer.concat([request.body, Buffer.from(' ')]) }, 'invalid_signature')
  })

  test(`${name}: the wrong secret is 401`, async () => {
    const secret = 'whsec_YW5vdGhlciBzZWNyZXQgb2YgdGhlIHNhbWUgbGVuZ3RoISE='
    await refused(webhook({ source, secret }), 'invalid_signature')
  })
}

test('garbage behind a valid digest is 401, and so is the prefix anywhere but in front (row 61)', async () => {
  for (const [source, header] of [
    [CALLS, 'x-teamconnect-signature'],
    [CODE, 'x-hub-signature-256'],
  ] as const) {
    const request = webhook({ source })
    const signature = request.headers[header] ?? ''
    const digest = signature.replace('sha256=', '')
    for (const forged of [
      `${signature}zz`,
      `${signature} `.padEnd(80, 'a'),
      digest,
      `${digest}sha256=`,
      `sha256=sha256=${digest}`,
    ]) {
      await refused({ ...request, headers: { ...request.headers, [header]: forged } }, 'invalid_signature')
    }
  }
  const request = webhook({ source: SHOP })
  const forged = `${request.headers['stripe-signature']}zz`
  await refused({ ...request, headers: { ...request.headers, 'stripe-signature': forged } }, 'invalid_signature')
})

const TIMED = [CALLS, SHOP, STANDARD]

test('a request signed for a time far ahead is 401, like one from long ago (rows 20, 64, 65)', async () => {
  for (const source of TIMED) {
    await refused(webhook({ source, at: unixNow() + 310 }), 'stale_timestamp')
    await refused(webhook({ source, at: unixNow() - 310 }), 'stale_timestamp')
    await accepted(webhook({ source, at: unixNow() + 290 }))
    await accepted(webhook({ source, at: unixNow() - 290 }))
  }
})

test('a time that is no number is 401, also one that begins like a number (rows 20, 66)', async () => {
  for (const time of ['abc', `${unixNow()}xyz`, '-1', '1e9', '0x6a', `${unixNow()}.5`]) {
    await refused(webhook({ headers: { 'x-teamconnect-timestamp': time } }), 'bad_timestamp')
    await refused(webhook({ source: STANDARD, headers: { 'webhook-timestamp': time } }), 'bad_timestamp')
    const stripe = webhook({ source: SHOP })
    const signature = (stripe.headers['stripe-signature'] ?? '').replace(/t=\d+/, `t=${time}`)
    await refused({ ...stripe, headers: { ...stripe.headers, 'stripe-signature': signature } }, 'bad_timestamp')
  }
})

test('a missing time is 401 (row 67)', async () => {
  await refused(without(webhook(), 'x-teamconnect-timestamp'), 'missing_timestamp')
})

test('a retry after the window needs a fresh time: sent again as it was it is 401, signed anew it is accepted (row 70)', async () => {
  for (const source of TIMED) {
    const firstTry = webhook({ source, id: 'evt_retried', at: unixNow() - 12 * 60 })
    await refused(firstTry, 'stale_timestamp')
    await accepted(webhook({ source, id: 'evt_retried', body: firstTry.body }))
  }
})

test('the previous secret is tried however the current one fails, and its use is warned of and counted (rows 71, 86, 318)', async () => {
  const before = receiver.log.lines().length
  const event = await accepted(webhook({ source: ROTATING, secret: OLD_SECRET }))
  assert.equal(event.secretSlot, 'previous')
  const [line] = receiver.log.lines().slice(before)
  assert.deepEqual([line?.['level'], line?.['secretSlot']], ['warn', 'previous'])
  const { values } = await receiver.metrics.rotatedSecret.get()
  assert.deepEqual(values, [{ value: 1, labels: { source: 'rotating', slot: 'previous' } }])
})

test('a signature that no secret of a rotation made is 401, whatever its length (row 86)', async () => {
  for (const signature of ['sha256=ab', `sha256=${'0'.repeat(64)}`, `sha256=${'0'.repeat(128)}`]) {
    await refused(webhook({ source: ROTATING, headers: { 'x-teamconnect-signature': signature } }), 'invalid_signature')
  }
})

test('any one of several Stripe signatures is enough (row 58)', async () => {
  const request = webhook({ source: SHOP })
  const [time, genuine] = (request.headers['stripe-signature'] ?? '').split(',')
  const other = `v1=${'0'.repeat(64)}`
  for (const signatures of [
    [genuine, other],
    [other, genuine],
  ]) {
    const header = [time, ...signatures].join(',')
    await accepted({ ...request, headers: { ...request.headers, 'stripe-signature': header } })
  }
})
