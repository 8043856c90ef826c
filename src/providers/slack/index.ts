import { checkSecret } from '../check-secret.ts'
import { defineProvider } from '../provider.ts'
import { canonical } from './canonical.ts'
import { entityListing } from './entity-listing.ts'
import { schemas } from './events.ts'
import { handshake } from './handshake.ts'
import { identify } from './identify.ts'
import { payloadOf } from './payload.ts'
import { sign } from './sign.ts'
import { verify } from './verify.ts'

/** Slack: an app's events, slash commands and interactions. */
export const slack = defineProvider({
  name: 'slack',
  contentTypes: ['application/json', 'application/x-www-form-urlencoded'],
  methods: ['POST'],
  idSigned: true,
  listKey: 'entity',
  verify,
  identify,
  payload: payloadOf,
  sign,
  handshake,
  schemas,
  canonical,
  entityListing,
  // Whatever a command or a view is answered with is shown, or taken for a mistake.
  acknowledgement: { contentType: 'text/plain', body: '' },
  delivery: {
    ackWithinSeconds: 3,
    retryAfterSeconds: [0, 60, 300],
    note: 'Events only; commands and interactions are sent once. An app that fails 95 % of an hour of events may be disabled, and beyond 30,000 events an hour they are withheld.',
  },
  checkSecret(secret) {
    if (/^xox|^xapp-/.test(secret))
      return 'The secret is a token; Slack signs with the signing secret among the app credentials.'
    return checkSecret(secret, { minLength: 32 })
  },
})
