import { checkSecret } from '../check-secret.ts'
import { parseJsonOrForm } from '../form-fields.ts'
import { defineProvider } from '../provider.ts'
import { canonical } from './canonical.ts'
import { entityListing } from './entity-listing.ts'
import { schemas } from './events.ts'
import { identify } from './identify.ts'
import { sign } from './sign.ts'
import { verify } from './verify.ts'

/** MessageBird's classic APIs, in both their schemes, and the Bird platform that followed them. */
export const messagebird = defineProvider({
  name: 'messagebird',
  contentTypes: ['application/json', 'application/x-www-form-urlencoded'],
  methods: ['POST', 'GET'],
  // No event has an ID: the key is composed of signed fields.
  idSigned: true,
  listKey: 'entity',
  verify,
  identify,
  payload: parseJsonOrForm,
  sign,
  schemas,
  canonical,
  entityListing,
  delivery: {
    note: 'Bird repeats at growing intervals for eight hours; the classic APIs document neither deadline nor schedule.',
  },
  checkSecret(secret) {
    if (/^(live|test)_/.test(secret)) return 'The secret is an access key; webhooks are signed with the signing key.'
    return checkSecret(secret, { minLength: 16 })
  },
  scheme:
    'A JWT (HS256, HS384 or HS512) in MessageBird-Signature-JWT with the hashes of URL and body, good for a minute; from Bird HMAC-SHA256 in base64 in MessageBird-Signature, over time, URL and the hash of the body, 300 s either way.',
  setUp: {
    hook: 'The status report URL of a message or an account, or a webhook of Conversations or of a Bird workspace.',
    secret: 'The signing key of the account, or of the webhook.',
    token: 'An access key.',
  },
  notes: [
    'It signs the URL that it calls: `POSTHORN_PUBLIC_URL` with the hook’s path must be what you entered there, to the letter.',
    'Reports of SMS come as GET, with all they say in the query.',
    'For the Bird platform set `api.baseUrl` to `https://api.bird.com/workspaces/<ID>`.',
  ],
})
