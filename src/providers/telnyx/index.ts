import { newEd25519Secret } from '../ed25519.ts'
import { decodeBase64 } from '../hmac.ts'
import { defineProvider } from '../provider.ts'
import { canonical } from './canonical.ts'
import { schemas } from './events.ts'
import { identify } from './identify.ts'
import { listing } from './listing.ts'
import { sign } from './sign.ts'
import { verify } from './verify.ts'

/** Telnyx: webhooks of API v2, for messages, calls and faxes. The configured secret is the account's public key. */
export const telnyx = defineProvider({
  name: 'telnyx',
  contentTypes: ['application/json'],
  methods: ['POST'],
  idSigned: true,
  volatile: ['/meta/attempt', '/meta/delivered_to'],
  listKey: 'exact',
  verify,
  identify,
  sign,
  schemas,
  canonical,
  listing,
  delivery: {
    ackWithinSeconds: 2,
    note: 'Messaging: up to three attempts at each URL, then the failover URL; voice connections set their own timeout and retries.',
  },
  checkSecret(secret) {
    if (secret !== secret.trim()) return 'The key begins or ends with whitespace, so it is not base64.'
    if (secret.startsWith('KEY'))
      return 'The secret is an API key; Telnyx signs with the key pair whose public key the portal shows.'
    return decodeBase64(secret)?.length === 32 ? undefined : 'The secret is not base64 of the 32 bytes of a public key.'
  },
  createSecret: newEd25519Secret,
  scheme:
    'Ed25519 in base64 in telnyx-signature-ed25519, over telnyx-timestamp, a bar and the raw body; 300 s either way.',
  setUp: {
    hook: 'The webhook URL of the messaging profile, or of the connection for calls and faxes, with API v2.',
    secret: 'The public key under Account Settings → Keys & Credentials.',
    token: 'An API key, `KEY…`.',
  },
  notes: ['Two seconds for an answer are the shortest of all providers: put the receiver near to its database.'],
})
