import { generateKeyPairSync } from 'node:crypto'
import { providerConformance, type SecretPair } from 'posthorn/testing'
import { providers } from '../support/providers.ts'

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))

providerConformance(providers.github, {
  body: json({
    action: 'opened',
    issue: { id: 101, number: 42, title: 'It rains', state: 'open' },
    repository: { id: 7, full_name: 'octo/hello-world', owner: { login: 'octo' } },
    sender: { login: 'ada', id: 9 },
  }),
  type: 'issues.opened',
  id: '72d3162e-cc78-11e3-81ab-4c9367dc0958',
  secrets: ["It's a Secret to Everybody", 'another secret of some length'],
  signatureHeader: 'x-hub-signature-256',
  malformedSignatures: [
    `sha1=${'a'.repeat(40)}`,
    'a'.repeat(64),
    `SHA256=${'a'.repeat(64)}`,
    `sha256= ${'a'.repeat(63)}`,
  ],
  canonical: {
    entity: { kind: 'issue', id: 'octo/hello-world/42' },
    path: '/repos/octo/hello-world/issues/42',
    probePath: '/repos/octo/hello-world/issues?per_page=1',
  },
})

providerConformance(providers.stripe, {
  body: json({
    id: 'evt_1PosthornConformance',
    object: 'event',
    api_version: '2026-10-28.endive',
    created: 1_767_225_590,
    data: {
      object: {
        id: 'in_1Paid',
        object: 'invoice',
        amount_due: 4200,
        amount_paid: 4200,
        total: 4200,
        currency: 'eur',
        customer: 'cus_Ada',
        status: 'paid',
      },
    },
    livemode: false,
    type: 'invoice.paid',
  }),
  type: 'invoice.paid',
  id: 'evt_1PosthornConformance',
  secrets: ['whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH', 'whsec_aOlderOneThatIsStillGoodForADay0'],
  signatureHeader: 'stripe-signature',
  malformedSignatures: [
    't=1767225600',
    `v1=${'a'.repeat(64)}`,
    `t=,v1=${'a'.repeat(64)}`,
    `t=1767225600,t=1767225600,v1=${'a'.repeat(64)}`,
    `t=1767225600,v0=${'a'.repeat(64)}`,
  ],
  time: {
    tolerance: 300,
    replace: (headers, time) => ({
      ...headers,
      'stripe-signature': (headers['stripe-signature'] ?? '').replace(/t=\d+/, `t=${time}`),
    }),
  },
  canonical: {
    entity: { kind: 'invoice', id: 'in_1Paid' },
    path: '/v1/invoices/in_1Paid',
    probePath: '/v1/invoices?limit=1',
  },
})

providerConformance(providers['team-connect'], {
  body: json({
    id: 'evt_8e3a4b2c5f1d4789a01e9d8c7b6f5a4e',
    type: 'call.ended',
    created_at: '2025-12-31T23:59:50.000Z',
    api_version: '2026-04-01',
    data: { call_id: 'call_19hf82j3k4l', from: '+441625555123', to: '+441625555456', duration_seconds: 187 },
  }),
  type: 'call.ended',
  id: 'evt_8e3a4b2c5f1d4789a01e9d8c7b6f5a4e',
  secrets: ['tc-secret-of-the-endpoint', 'tc-secret-of-last-year'],
  signatureHeader: 'x-teamconnect-signature',
  requiredHeaders: ['x-teamconnect-timestamp'],
  malformedSignatures: ['sha256=invalid_signature_here', 'a'.repeat(64)],
  time: { tolerance: 300, replace: (headers, time) => ({ ...headers, 'x-teamconnect-timestamp': time }) },
  canonical: {
    entity: { kind: 'call', id: 'call_19hf82j3k4l' },
    path: '/v1/calls/call_19hf82j3k4l',
    probePath: '/v1/calls?limit=1',
  },
})

const standardWebhooks = {
  body: json({ type: 'user.created', timestamp: '2025-12-31T23:59:50Z', data: { id: 'usr_1', sequence: 3 } }),
  type: 'user.created',
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  signatureHeader: 'webhook-signature',
  severalSignatures: true,
  requiredHeaders: ['webhook-id', 'webhook-timestamp'],
  malformedSignatures: ['v1', 'v1,', `v2,${'a'.repeat(43)}=`, `v1,${'a'.repeat(42)}`, 'v1a,AAAA', 'v1,,'],
  time: {
    tolerance: 300,
    replace: (headers: Readonly<Record<string, string>>, time: string) => ({ ...headers, 'webhook-timestamp': time }),
  },
}

providerConformance(providers['standard-webhooks'], {
  ...standardWebhooks,
  secrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD'],
})

providerConformance(providers['standard-webhooks'], { ...standardWebhooks, secrets: [newKeyPair(), newKeyPair()] })

function newKeyPair(): SecretPair {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const encode = (part: string | undefined): string => Buffer.from(part ?? '', 'base64url').toString('base64')
  return {
    sign: `whsk_${encode(privateKey.export({ format: 'jwk' }).d)}`,
    verify: `whpk_${encode(publicKey.export({ format: 'jwk' }).x)}`,
  }
}
