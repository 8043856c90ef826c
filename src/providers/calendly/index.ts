import { checkSecret } from '../check-secret.ts'
import { defineProvider } from '../provider.ts'
import { canonical } from './canonical.ts'
import { entityListing } from './entity-listing.ts'
import { schemas } from './events.ts'
import { identify } from './identify.ts'
import { sign } from './sign.ts'
import { signature } from './verify.ts'

/** Calendly: the webhook subscriptions of a user, a group or an organization. */
export const calendly = defineProvider({
  name: 'calendly',
  contentTypes: ['application/json'],
  methods: ['POST'],
  // Calendly gives events no ID: the key is composed of signed fields.
  idSigned: true,
  listKey: 'entity',
  verify: signature.verify,
  identify,
  sign,
  schemas,
  canonical,
  entityListing,
  delivery: {
    ackWithinSeconds: 15,
    note: 'The connection must stand within 10 s. It tries again with back-off for a day, then disables the subscription, which has to be made anew.',
  },
  checkSecret: (secret) => checkSecret(secret, { minLength: 16 }),
  scheme:
    'HMAC-SHA256 in hex as `v1` in Calendly-Webhook-Signature, over its time `t`, a dot and the raw body; 180 s either way.',
  setUp: {
    hook: 'There is no form for it: POST `/webhook_subscriptions` of its API with `url`, `events`, `organization`, `scope` and `signing_key`.',
    secret: 'The `signing_key` that you chose there, or that of your OAuth application.',
    token: 'A personal access token, or one of OAuth, that may read scheduled events.',
    listing: 'Whose meetings are listed: `/organizations/<ID>` or `/users/<ID>`.',
  },
  notes: [
    'What happens to an invitee is about the meeting, `scheduled_event`: that is what can be read and listed. The invitee stands in the body.',
    'A meeting that is moved comes as `invitee.canceled` with `rescheduled: true`, and as `invitee.created` of another meeting.',
  ],
})
