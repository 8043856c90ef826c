import { checkSecret } from '../check-secret.ts'
import { randomSecret } from '../new-secret.ts'
import { defineProvider } from '../provider.ts'
import { canonical } from './canonical.ts'
import { schemas } from './events.ts'
import { identify } from './identify.ts'
import { listing } from './listing.ts'
import { sign } from './sign.ts'
import { signature } from './verify.ts'

/** Stripe: snapshot and thin events of one account, or of the accounts connected to it. */
export const stripe = defineProvider({
  name: 'stripe',
  contentTypes: ['application/json'],
  methods: ['POST'],
  idSigned: true,
  volatile: ['/pending_webhooks'],
  listKey: 'exact',
  verify: signature.verify,
  identify,
  sign,
  schemas,
  canonical,
  listing,
  delivery: {
    note: 'In live mode it tries for up to three days with growing gaps, in a sandbox three times within some hours.',
  },
  checkSecret: (secret) => checkSecret(secret, { prefix: 'whsec_', minLength: 32 }),
  createSecret: () => randomSecret('whsec_'),
  scheme:
    'HMAC-SHA256 in hex as `v1` in Stripe-Signature, over its time `t`, a dot and the raw body; 300 s either way.',
  setUp: {
    hook: 'Workbench → Webhooks → Add destination, with the events that you have routes for.',
    secret: 'The signing secret of the destination, `whsec_…`.',
    token: 'A restricted key, `rk_…`, that may read events and what they are about.',
  },
  notes: [
    'Test mode and live mode have destinations and secrets of their own: make two sources.',
    'Thin events, `v2.…`, and those of connected accounts are taken in, and are not in the list that completeness is proven by.',
  ],
})
