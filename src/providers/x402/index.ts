import { z } from 'zod'
import { genericProvider } from '../generic/generic-provider.ts'
import { defineProvider } from '../provider.ts'

const payment = z.looseObject({
  id: z.string().min(1),
  data: z.looseObject({
    payment_id: z.string().nullish(),
    // Minor units.
    amount: z.int().nullish(),
    currency: z.string().nullish(),
    status: z.string().nullish(),
  }),
})

/** X402's implementation guide: payments and subscriptions, signed over the body alone, without a time. */
export const x402 = defineProvider({
  ...genericProvider({
    name: 'x402',
    signature: { kind: 'hmac', header: 'x-webhook-signature', prefix: 'sha256=' },
    id: ['/id'],
    type: ['/type'],
    entity: { kind: 'payment', id: '/data/payment_id' },
  }),
  schemas: { 'payment.succeeded': payment, 'payment.failed': payment },
  delivery: {
    ackWithinSeconds: 5,
    retryAfterSeconds: [5, 25, 120, 600, 3600],
    note: 'Between 5 and 30 seconds are given for the answer; it gives up after three to five attempts or more.',
  },
  setUp: {
    hook: 'Where the sender lets you register an endpoint.',
    secret: 'The secret that it shares with you.',
  },
})
