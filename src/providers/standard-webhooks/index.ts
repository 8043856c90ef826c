import { defineProvider } from '../provider.ts'
import { canonical } from './canonical.ts'
import { identify } from './identify.ts'
import { checkSecret, createSecret } from './keys.ts'
import { sign } from './sign.ts'
import { verify } from './verify.ts'

/**
 * Any sender that follows the Standard Webhooks specification, with shared or asymmetric keys. It prescribes no
 * schemas.
 */
export const standardWebhooks = defineProvider({
  name: 'standard-webhooks',
  contentTypes: ['application/json'],
  methods: ['POST'],
  idSigned: true,
  listKey: 'none',
  verify,
  identify,
  sign,
  schemas: {},
  canonical,
  delivery: {
    note: 'Senders decide. The standard advises to wait 15 to 30 s for the answer, and to try again over some days; it asks them to stop at 410.',
  },
  checkSecret,
  createSecret,
  scheme:
    'HMAC-SHA256 (`v1`) or Ed25519 (`v1a`) in base64 in webhook-signature, over webhook-id, webhook-timestamp and the raw body joined by dots; 300 s either way.',
  setUp: {
    hook: 'Wherever the sender lets you enter an endpoint.',
    secret: 'The secret that the sender shows, `whsec_…`, or its public key, `whpk_…`.',
  },
  notes: [
    'The ID is that of the header `webhook-id`; the body needs a `type`, and may state `timestamp`, `data.id` and a `sequence`.',
  ],
})
