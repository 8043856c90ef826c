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
  scheme:
    'HMAC-SHA256 in hex after `v0=` in X-Slack-Signature, over `v0`, X-Slack-Request-Timestamp and the raw body joined by colons; 300 s either way.',
  setUp: {
    hook: 'Event Subscriptions → Request URL of the app; the same URL serves Slash Commands and Interactivity.',
    secret: 'The signing secret of the app, under Basic Information.',
    token: 'The bot token, `xoxb-…`, with the scopes for what is to be read.',
  },
  notes: [
    'Slack verifies the URL when you enter it: the source must be running by then.',
    'Commands and interactions are answered with nothing at once; whatever they lead to goes to their `response_url`.',
  ],
})
