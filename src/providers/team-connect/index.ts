import { checkSecret } from '../check-secret.ts'
import { defineProvider } from '../provider.ts'
import { canonical } from './canonical.ts'
import { schemas } from './events.ts'
import { entityListing } from './entity-listing.ts'
import { identify } from './identify.ts'
import { sign } from './sign.ts'
import { verify } from './verify.ts'

/** Team-Connect: calls, text messages and what its agents do. It retries for a day on every answer that is not 2xx. */
export const teamConnect = defineProvider({
  name: 'team-connect',
  contentTypes: ['application/json'],
  methods: ['POST'],
  idSigned: true,
  listKey: 'entity',
  verify,
  identify,
  sign,
  schemas,
  canonical,
  entityListing,
  delivery: {
    ackWithinSeconds: 10,
    retryAfterSeconds: [30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 57_600],
    note: 'On every answer but 2xx, 4xx among them.',
  },
  checkSecret: (secret) => checkSecret(secret, { minLength: 16 }),
  scheme:
    'HMAC-SHA256 of the raw body in hex, after `sha256=` in X-TeamConnect-Signature; X-TeamConnect-Timestamp must be within 300 s, but is not signed.',
  setUp: {
    hook: 'Settings → Webhooks, with the event types that you want.',
    secret: 'The secret of the endpoint, which is shown once, when it is made.',
    token: 'A token of its REST API.',
  },
  notes: [
    'Its guide says only that there is a REST API: paths, paging and the bearer token are assumed. Where yours differs, set `api.baseUrl`.',
    'It keeps what it could not deliver, and can be told by hand to send it again.',
  ],
})
