import { genericProvider } from '../generic/generic-provider.ts'
import { defineProvider } from '../provider.ts'

/**
 * The tenant quickstart's sender: bare hex over the body. It names no headers, so those of the field's common usage are assumed;
 * one that differs is described with `genericProvider`.
 */
export const tenant = defineProvider({
  ...genericProvider({
    name: 'tenant',
    signature: { kind: 'hmac', header: 'x-webhook-signature' },
    id: ['/id', '/event_id', 'header:x-delivery-id'],
    sequence: '/version',
  }),
  delivery: { note: 'It tries again with back-off on every answer but 2xx, every timeout and every network error.' },
  setUp: {
    hook: 'The tenant’s settings → Webhooks.',
    secret: 'The signing secret that is shown there with the endpoint.',
  },
})
