import { checkSecret } from '../check-secret.ts'
import { parseJsonOrForm } from '../form-fields.ts'
import { defineProvider } from '../provider.ts'
import { canonical } from './canonical.ts'
import { entityListing } from './entity-listing.ts'
import { schemas } from './events.ts'
import { identify } from './identify.ts'
import { sign } from './sign.ts'
import { verify } from './verify.ts'

/** Vonage: webhooks of Messages, Voice, Verify and SMS. A call's answer URL belongs to the application that steers the call. */
export const vonage = defineProvider({
  name: 'vonage',
  contentTypes: ['application/json', 'application/x-www-form-urlencoded'],
  methods: ['POST', 'GET'],
  // Vonage gives events no ID: the key is composed of signed fields.
  idSigned: true,
  listKey: 'entity',
  verify,
  identify,
  payload: parseJsonOrForm,
  sign,
  schemas,
  canonical,
  entityListing,
  // Whatever a voice webhook is answered with is taken for new instructions to the call; nothing lets it go on.
  acknowledgement: { contentType: 'text/plain', body: '' },
  delivery: {
    ackWithinSeconds: 5,
    retryAfterSeconds: [5, 10, 20, 40, 80, 160, 320, 640, ...Array<number>(94).fill(900)],
    note: 'After 429 or 5xx it repeats for a day, after any other 4xx never; voice webhooks are repeated twice, then go to the fallback URL.',
  },
  checkSecret: (secret) => checkSecret(secret, { minLength: 16 }),
  scheme:
    'A JWT (HS256) in Authorization with the hash of the body, 300 s either way; from the SMS API a hash of its sorted parameters, keyed with the secret, as `sig` among them, up to a day old.',
  setUp: {
    hook: 'The webhooks of the application, or the webhook fields of the account’s API settings for SMS.',
    secret: 'The signature secret of the account.',
    token: '`<application ID>:<its private key in PEM>`, of which every call makes a JWT.',
  },
  notes: [
    'An answer URL belongs to the application that steers the call; only its event URL is for Posthorn.',
    'The SMS API signs only where that was switched on for the account.',
    'Vonage said in 2021 that after an error of its own a callback may come unsigned, and signed after an answer of 5xx. Its present pages do not: what is unsigned is refused with 401, as everybody’s is, and not repeated.',
  ],
})
