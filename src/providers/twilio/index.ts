import { checkSecret } from '../check-secret.ts'
import { parseJsonOrForm } from '../form-fields.ts'
import { defineProvider } from '../provider.ts'
import { canonical } from './canonical.ts'
import { entityListing } from './entity-listing.ts'
import { schemas } from './events.ts'
import { identify } from './identify.ts'
import { callUrl, sign } from './sign.ts'
import { verify } from './verify.ts'

/** Twilio: callbacks of messages, calls, recordings and conferences, by POST or GET, and event streams. */
export const twilio = defineProvider({
  name: 'twilio',
  contentTypes: ['application/x-www-form-urlencoded', 'application/json'],
  methods: ['POST', 'GET'],
  // Twilio gives callbacks no ID: the key is composed of signed fields.
  idSigned: true,
  listKey: 'entity',
  verify,
  identify,
  payload: parseJsonOrForm,
  sign,
  callUrl,
  schemas,
  canonical,
  entityListing,
  // TwiML that does nothing: what asks for instructions gets none, and what only tells needs none.
  acknowledgement: { contentType: 'text/xml', body: '<Response/>' },
  delivery: {
    ackWithinSeconds: 15,
    retryAfterSeconds: [],
    note: 'It sends again only where the URL asks for it (#rc=3&rp=all), at once and up to five times; a fallback URL comes after that.',
  },
  checkSecret(secret) {
    if (/^(AC|SK)[0-9a-f]{32}$/.test(secret))
      return "The secret is a SID; Twilio signs with the account's primary Auth Token."
    return checkSecret(secret, { minLength: 32 })
  },
  scheme:
    'HMAC-SHA1 in base64 in X-Twilio-Signature, over the public URL and the sorted fields of a form, or over a URL that holds the hash of the body; no time is signed.',
  setUp: {
    hook: 'The number’s or the messaging service’s webhook fields, or `StatusCallback` of a call to the API.',
    secret: 'The primary Auth Token of the account. A secondary one signs nothing until it is promoted.',
    token: '`<SID of an API key>:<its secret>`.',
    listing: 'The account in the API: `/2010-04-01/Accounts/AC…`.',
  },
  notes: [
    'It signs the URL that it calls: `POSTHORN_PUBLIC_URL` with the hook’s path must be what you entered there, to the letter.',
    'Callbacks have no ID: what happened to which SID is the key.',
  ],
})
