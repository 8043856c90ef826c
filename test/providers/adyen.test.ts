import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { providerConformance, signedRequest } from 'posthorn/testing'
import { VerificationError } from '../../src/domain/errors.ts'
import { adyen } from '../../src/providers/adyen/index.ts'
import type { WebhookRequest } from '../../src/providers/provider.ts'

interface Official {
  calculateHmac(item: object, key: string): string
  validateHMAC(item: object, key: string): boolean
  validateHMACSignature(key: string, signature: string, body: string): boolean
}

// The package's own entry loads all of Adyen's APIs, which takes seconds.
const { default: HmacValidator } = createRequire(import.meta.url)(
  '@adyen/api-library/lib/src/utils/hmacValidator.js',
) as { default: new () => Official }
const official = new HmacValidator()

const KEY = '44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056'
const OLD_KEY = 'd7dd5ba6146493707bf0be7496f6404ec7a63616b7158ec927b9f54bb436765f'
const NOW = 1_767_225_600

const authorised = {
  additionalData: { 'checkout.cardAddedBrand': 'visa' },
  amount: { value: 1130, currency: 'EUR' },
  pspReference: '7914073381342284',
  eventCode: 'AUTHORISATION',
  eventDate: '2025-12-31T23:59:50+00:00',
  merchantAccountCode: 'AcmeECOM',
  merchantReference: 'order:17',
  paymentMethod: 'visa',
  success: 'true',
}
const captured = {
  amount: { value: 1130, currency: 'EUR' },
  pspReference: '8825408195409505',
  originalReference: authorised.pspReference,
  eventCode: 'CAPTURE',
  eventDate: '2026-01-01T00:00:00+00:00',
  merchantAccountCode: 'AcmeECOM',
  merchantReference: '',
  success: 'true',
}
const standard = (...items: object[]) => ({
  live: 'false',
  notificationItems: items.map((NotificationRequestItem) => ({ NotificationRequestItem })),
})
const transfer = {
  data: {
    id: '1VVF0D5V3709DX6D',
    balancePlatform: 'AcmePlatform',
    amount: { value: 250, currency: 'EUR' },
    category: 'bank',
    sequenceNumber: 3,
    status: 'booked',
  },
  environment: 'test',
  timestamp: '2026-01-01T00:00:00+01:00',
  type: 'balancePlatform.transfer.updated',
}
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))

providerConformance(adyen, {
  body: json(standard(authorised)),
  type: 'AUTHORISATION',
  id: '7914073381342284:AUTHORISATION:true',
  covers: 'fields',
  secrets: [KEY, OLD_KEY],
})

providerConformance(
  { ...adyen, name: 'adyen, platform' },
  {
    body: json(transfer),
    type: transfer.type,
    id: 'balancePlatform.transfer.updated:1VVF0D5V3709DX6D:3',
    secrets: [KEY, OLD_KEY],
    signatureHeader: 'hmacsignature',
    malformedSignatures: ['a'.repeat(44), 'ff'.repeat(32)],
  },
)

const requestOf = (body: object, secret = KEY): WebhookRequest => signedRequest(adyen, { body, secret, now: NOW })

function verdict(request: WebhookRequest, ...secrets: string[]): string {
  try {
    adyen.verify(request, secrets.length === 0 ? [KEY] : secrets)
    return 'accepted'
  } catch (error) {
    assert.ok(error instanceof VerificationError, String(error))
    return error.code
  }
}

type Item = Record<string, unknown>
interface Standard {
  notificationItems: { NotificationRequestItem: Item }[]
}
const itemsOf = ({ body }: WebhookRequest): Item[] =>
  (JSON.parse(body.toString()) as Standard).notificationItems.map((entry) => entry.NotificationRequestItem)

test('each item verifies with the official package under the same key and no other', () => {
  for (const item of itemsOf(requestOf(standard(authorised, captured)))) {
    assert.equal(official.validateHMAC(item, KEY), true)
    assert.equal(official.validateHMAC(item, OLD_KEY), false)
  }
})

test('verifies what the official package signs, also its published vectors', () => {
  const published = {
    pspReference: 'pspReference',
    originalReference: 'originalReference',
    merchantAccountCode: 'merchantAccount',
    merchantReference: 'reference',
    amount: { currency: 'EUR', value: 1000 },
    eventCode: 'CAPTURE',
    success: 'true',
  }
  const key = 'DFB1EB5485895CFA84146406857104ABB4CBCABDC8AAF103A624C8F6A3EAAB00'
  const signature = 'xhpHvYq2u2Np0rstbZ6QjLGu7JWhvf7Iwaa6EviJSX0='
  assert.equal(official.calculateHmac(published, key), signature)
  const request = requestOf(standard(published), key)
  assert.deepEqual(itemsOf(request)[0]?.['additionalData'], { hmacSignature: signature })
  assert.equal(verdict(request, key), 'accepted')

  const body =
    '{"data":{"balancePlatform":"Integration_tools_test","accountId":"BA32272223222H5HVKTBK4MLB","sweep":{"id":"SWPC42272223222H5HVKV6H8C64DP5","schedule":{"type":"balance"},"status":"active","targetAmount":{"currency":"EUR","value":0},"triggerAmount":{"currency":"EUR","value":0},"type":"pull","counterparty":{"balanceAccountId":"BA3227C223222H5HVKT3H9WLC"},"currency":"EUR"}},"environment":"test","type":"balancePlatform.balanceAccountSweep.updated"}'
  const hmacsignature = '9Qz9S/0xpar1klkniKdshxpAhRKbiSAewPpWoxKefQA='
  const platform = { method: 'POST', url: '', headers: { hmacsignature }, body: Buffer.from(body) }
  assert.equal(official.validateHMACSignature(OLD_KEY, hmacsignature, body), true)
  assert.equal(verdict(platform, OLD_KEY), 'accepted')
  assert.equal(verdict({ ...platform, body: Buffer.from(`${body} `) }, OLD_KEY), 'invalid_signature')
})

test('a platform webhook verifies with the official package', () => {
  const { headers, body } = requestOf(transfer)
  assert.equal(headers['protocol'], 'HmacSHA256')
  assert.equal(official.validateHMACSignature(KEY, headers['hmacsignature'] ?? '', body.toString()), true)
})

test('a change of any signed field is refused, as the official package refuses it', () => {
  const [item = assert.fail()] = itemsOf(requestOf(standard(captured)))
  const changes: object[] = [
    { pspReference: 'other' },
    { originalReference: 'other' },
    { originalReference: undefined },
    { merchantAccountCode: 'other' },
    { merchantReference: 'other' },
    { amount: { value: 1, currency: 'EUR' } },
    { amount: { value: 1130, currency: 'USD' } },
    { eventCode: 'REFUND' },
    { success: 'false' },
  ]
  for (const change of changes) {
    const changed = { ...item, ...change }
    assert.equal(official.validateHMAC(changed, KEY), false)
    const request = { method: 'POST', url: '', headers: {}, body: json(standard(changed)) }
    assert.equal(verdict(request), 'invalid_signature', JSON.stringify(change))
  }
})

test('one signature does not stand for fields that were cut in another way', () => {
  const [item = assert.fail()] = itemsOf(requestOf(standard(authorised)))
  const recut = {
    ...item,
    merchantReference: 'order',
    amount: { value: '17:1130', currency: 'EUR' },
  }
  assert.equal(official.validateHMAC(recut, KEY), true, 'the plain scheme cannot tell')
  const request = { method: 'POST', url: '', headers: {}, body: json(standard(recut)) }
  assert.equal(verdict(request), 'invalid_signature')
})

test('every item must carry a good signature', () => {
  const [first = assert.fail(), second = assert.fail()] = itemsOf(requestOf(standard(authorised, captured)))
  const send = (...items: object[]) => ({
    method: 'POST',
    url: '',
    headers: {},
    body: json(standard(...items)),
  })
  assert.equal(verdict(send(first, second)), 'accepted')
  assert.equal(verdict(send(first, captured)), 'missing_signature')
  const [foreign = assert.fail()] = itemsOf(requestOf(standard(captured), OLD_KEY))
  assert.equal(verdict(send(first, foreign)), 'invalid_signature')
  assert.equal(verdict(send(first, foreign), KEY, OLD_KEY), 'invalid_signature', 'not each by a key of its own')
  for (const body of ['', '{}', '[]', '{"notificationItems":[]}', '{"notificationItems":{}}', 'x']) {
    const unsigned = { method: 'POST', url: '', headers: {}, body: Buffer.from(body) }
    assert.equal(verdict(unsigned), 'missing_signature', body)
  }
})

test('an item of a batch keeps its own bytes, and read alone it is the same event', () => {
  const request = requestOf(standard(authorised, captured))
  const [first, second] = adyen.identify(request)
  const { part = assert.fail(), ...event } = second ?? assert.fail()
  assert.deepEqual(event, {
    id: '8825408195409505:CAPTURE:true',
    type: 'CAPTURE',
    entity: { kind: 'payment', id: authorised.pspReference },
    occurredAt: new Date('2026-01-01T00:00:00Z'),
    account: 'AcmeECOM',
  })
  assert.deepEqual(first?.entity, event.entity)
  assert.ok(request.body.includes(part))
  assert.deepEqual(adyen.identify({ ...request, body: part }), [event])
  assert.equal(adyen.payload(part)['pspReference'], captured.pspReference)
  assert.equal(adyen.schemas['CAPTURE']?.safeParse(adyen.payload(part)).success, true)
})

test('platform notifications of one object are told apart by its own count, or by when they were queued', () => {
  const identify = (body: object) => adyen.identify(requestOf(body))[0] ?? assert.fail()
  const { id, sequence, entity, account } = identify(transfer)
  assert.deepEqual(
    [id, sequence, entity, account],
    [
      'balancePlatform.transfer.updated:1VVF0D5V3709DX6D:3',
      3n,
      { kind: 'transfer', id: '1VVF0D5V3709DX6D' },
      'AcmePlatform',
    ],
  )
  const holder = {
    data: { balancePlatform: 'AcmePlatform', accountHolder: { id: 'AH1', status: 'active' } },
    environment: 'test',
    timestamp: '2026-01-01T00:00:00Z',
    type: 'balancePlatform.accountHolder.created',
  }
  assert.equal(identify(holder).id, 'balancePlatform.accountHolder.created:AH1:2026-01-01T00:00:00Z')
  assert.equal(adyen.schemas[holder.type as 'balancePlatform.accountHolder.created']?.safeParse(holder).success, true)
  // Nothing tells it apart: it is keyed by its bytes.
  assert.equal(identify({ ...holder, timestamp: undefined }).id, undefined)
})

test('a transfer can be mirrored from its notifications, a payment cannot', () => {
  const { canonical } = adyen
  assert.deepEqual(canonical.view(json(transfer)), { state: transfer.data, version: 3n })
  assert.equal(canonical.view(json({ NotificationRequestItem: authorised })), undefined)
})

test('a key that is no key of Adyen’s is warned about', () => {
  assert.equal(adyen.checkSecret(KEY), undefined)
  assert.match(adyen.checkSecret('not hex') ?? '', /hexadecimal/)
  assert.match(adyen.checkSecret('00ff') ?? '', /2 bytes/)
})
