import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { EventWebhook } from '@sendgrid/eventwebhook'
import { providerConformance, signedRequest } from 'posthorn/testing'
import { VerificationError } from '../../src/domain/errors.ts'
import { sendgrid } from '../../src/providers/sendgrid/index.ts'

const NOW = 1_767_225_600

function newKeyPair() {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  return {
    sign: privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
    verify: publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
  }
}
const pair = newKeyPair()

const processed = {
  email: 'ada@example.com',
  event: 'processed',
  send_at: 0,
  sg_event_id: 'cHJvY2Vzc2VkLTEtQUJD',
  sg_message_id: '14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0',
  'smtp-id': '<14c5d75ce93.dfd.64b469@ismtpd-555>',
  timestamp: NOW - 30,
}
const click = {
  email: 'ada@example.com',
  event: 'click',
  ip: '192.0.2.7',
  sg_event_id: 'Y2xpY2stMi1BQkM',
  sg_message_id: processed.sg_message_id,
  timestamp: NOW - 10,
  url: 'https://example.com/?a=1&b="2"',
  useragent: 'Mozilla/5.0',
}
/** As SendGrid writes it: a line for each event, and an end of line that is signed, too. */
const batch = (...events: object[]): Buffer => Buffer.from(`${JSON.stringify(events).replaceAll('},{', '},\r\n{')}\r\n`)

providerConformance(sendgrid, {
  body: batch(processed, click),
  type: 'processed',
  id: processed.sg_event_id,
  others: [{ type: 'click', id: click.sg_event_id }],
  wire: 'json-array',
  secrets: [pair, newKeyPair()],
  signatureHeader: 'x-twilio-email-event-webhook-signature',
  requiredHeaders: ['x-twilio-email-event-webhook-timestamp'],
  time: {
    tolerance: 25 * 3600,
    replace: (headers, time) => ({ ...headers, 'x-twilio-email-event-webhook-timestamp': time }),
  },
  canonical: {
    entity: { kind: 'message', id: processed.sg_message_id },
    path: `/v3/messages/${processed.sg_message_id}`,
    probePath: '/v3/messages?limit=1',
  },
})

const official = new EventWebhook()

function officialVerdict(body: Buffer, headers: Readonly<Record<string, string>>, key = pair.verify): boolean {
  const signature = headers['x-twilio-email-event-webhook-signature'] ?? ''
  const time = headers['x-twilio-email-event-webhook-timestamp'] ?? ''
  return official.verifySignature(official.convertPublicKeyToECDSA(key), body, signature, time)
}

function verdict(body: Buffer, headers: Readonly<Record<string, string>>, secret: string, now = NOW): string {
  try {
    sendgrid.verify({ method: 'POST', url: '', headers, body }, [secret], now)
    return 'accepted'
  } catch (error) {
    assert.ok(error instanceof VerificationError)
    return error.code
  }
}

test('is verified by the official package, which refuses what we refuse', () => {
  const { body, headers } = signedRequest(sendgrid, { body: batch(processed, click), secret: pair.sign, now: NOW })
  assert.equal(officialVerdict(body, headers), true)
  const other = newKeyPair().verify
  assert.equal(officialVerdict(body, headers, other), false)
  assert.equal(verdict(body, headers, other), 'invalid_signature')
  const withoutEnd = body.subarray(0, -2)
  assert.equal(officialVerdict(withoutEnd, headers), false)
  assert.equal(verdict(withoutEnd, headers, pair.verify), 'invalid_signature')
})

/** The test vectors of SendGrid's own package. */
const VECTORS = [
  {
    key: 'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==',
    signature: 'MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=',
    time: 1_600_112_502,
    body: '[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address","sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA","sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0","smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]\r\n',
    types: ['dropped'],
  },
  {
    key: 'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEQ4LIFtWztlsF7skFqOncjD1lun4H5w8XOhyOArHW9RcIx/FfEzx6cikC/yPfUvwaX/JScE7Fc9CJD2afQ9Ok3Q==',
    signature: 'MEYCIQC/I4o6vCgqRYrTljjoVWB/GRWNtxeePlLMHr3x9ETeRQIhAIpV+03nREPTTHWSW0wIOA0EoMPdcNgXa70yCaqDJlu5',
    time: 1_619_651_159,
    body: '[{"email":"invalid@gmail.com","event":"processed","send_at":0,"sg_event_id":"cHJvY2Vzc2VkLTE5OTQyMTEyLXFOd0JMZ1BRUWpXNkRKdktRd1NBYnctMA","sg_message_id":"qNwBLgPQQjW6DJvKQwSAbw.filterdrecv-canary-547b64655b-cw6zx-1-6089EA4A-56.0","smtp-id":"<qNwBLgPQQjW6DJvKQwSAbw@ismtpd0178p1mdw1.sendgrid.net>","timestamp":1619651146},\r\n{"email":"invalid@gmail.com","event":"bounce","ip":"167.89.101.76","reason":"552 5.2.2 The email account that you tried to reach is over quota and inactive. Please direct the recipient to https://support.google.com/mail/?p=OverQuotaPerm c17si1130468pgv.34 - gsmtp","sg_event_id":"Ym91bmNlLTAtMTk5NDIxMTItcU53QkxnUFFRalc2REp2S1F3U0Fidy0w","sg_message_id":"qNwBLgPQQjW6DJvKQwSAbw.filterdrecv-canary-547b64655b-cw6zx-1-6089EA4A-56.0","smtp-id":"<qNwBLgPQQjW6DJvKQwSAbw@ismtpd0178p1mdw1.sendgrid.net>","status":"5.2.2","timestamp":1619651147,"tls":1,"type":"blocked"}]\r\n',
    types: ['processed', 'bounce'],
  },
]

for (const { key, signature, time, body, types } of VECTORS) {
  test(`verifies and reads the published batch of ${types.join(' and ')}`, () => {
    const bytes = Buffer.from(body)
    const headers = {
      'x-twilio-email-event-webhook-signature': signature,
      'x-twilio-email-event-webhook-timestamp': String(time),
    }
    assert.equal(officialVerdict(bytes, headers, key), true)
    assert.equal(verdict(bytes, headers, key, time), 'accepted')
    assert.equal(verdict(bytes, headers, key, time + 26 * 3600), 'stale_timestamp')
    assert.equal(verdict(bytes.subarray(0, -2), headers, key, time), 'invalid_signature')
    const events = sendgrid.identify({ method: 'POST', url: '', headers, body: bytes })
    assert.deepEqual(
      events.map(({ type }) => type),
      types,
    )
    for (const { type, part = assert.fail() } of events) {
      const stated = JSON.parse(part.toString()) as { event: string }
      assert.equal(stated.event, type)
      assert.deepEqual(sendgrid.schemas[type]?.safeParse(stated).error, undefined)
    }
  })
}

test('each event of a batch is about its own message, at its own time, in its own bytes, which read alone say the same', () => {
  const body = batch(processed, { ...click, sg_message_id: undefined })
  const request = { method: 'POST', url: '', headers: {}, body }
  const [first, second] = sendgrid.identify(request)
  assert.deepEqual(first, {
    id: processed.sg_event_id,
    type: 'processed',
    entity: { kind: 'message', id: processed.sg_message_id },
    occurredAt: new Date((NOW - 30) * 1000),
    part: Buffer.from(JSON.stringify(processed)),
  })
  assert.equal(second?.entity, undefined)
  const { part, ...alone } = first ?? assert.fail()
  assert.deepEqual(sendgrid.identify({ ...request, body: part ?? assert.fail() }), [alone])
})

test('a batch with an element that is no event is malformed', () => {
  for (const element of ['1', 'null', '"x"', '[]', '{}', '{"event":""}']) {
    const body = Buffer.from(`[${JSON.stringify(click)},${element}]`)
    assert.throws(() => sendgrid.identify({ method: 'POST', url: '', headers: {}, body }), VerificationError, element)
  }
  assert.deepEqual(sendgrid.identify({ method: 'POST', url: '', headers: {}, body: Buffer.from('[]') }), [])
})

test('a secret that is no verification key is warned about', () => {
  assert.equal(sendgrid.checkSecret(pair.verify), undefined)
  assert.match(sendgrid.checkSecret(pair.sign) ?? '', /private key/)
  assert.match(sendgrid.checkSecret('SG.abc') ?? '', /not the verification key/)
  const other = generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).publicKey.export({ format: 'der', type: 'spki' })
  assert.match(sendgrid.checkSecret(other.toString('base64')) ?? '', /not the verification key/)
})
