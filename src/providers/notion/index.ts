import { checkSecret } from '../check-secret.ts'
import { randomSecret } from '../new-secret.ts'
import { defineProvider } from '../provider.ts'
import { canonical } from './canonical.ts'
import { entityListing } from './entity-listing.ts'
import { schemas } from './events.ts'
import { handshake } from './handshake.ts'
import { identify } from './identify.ts'
import { sign } from './sign.ts'
import { verify } from './verify.ts'

/** Notion: the subscription of a connection. Its events say that something changed, and not how. */
export const notion = defineProvider({
  name: 'notion',
  contentTypes: ['application/json'],
  methods: ['POST'],
  idSigned: true,
  volatile: ['/attempt_number'],
  listKey: 'entity',
  verify,
  identify,
  sign,
  handshake,
  schemas,
  canonical,
  entityListing,
  delivery: {
    note: 'It makes up to eight attempts, at growing intervals, over about a day.',
  },
  checkSecret(secret) {
    if (secret.startsWith('ntn_'))
      return 'The secret is a token of the API; Notion signs with the verification token of the subscription.'
    return checkSecret(secret, { prefix: 'secret_', minLength: 24 })
  },
  createSecret: () => randomSecret('secret_'),
  scheme: 'HMAC-SHA256 of the raw body in hex, after `sha256=` in X-Notion-Signature; no time is signed.',
  setUp: {
    hook: 'The settings of the connection → Webhooks → Create a subscription.',
    secret:
      'The verification token that Notion posts to the hook when the subscription is made. Nothing can prove that request: it is refused, and waits for you in `posthorn quarantine`. Enter the token at Notion, too.',
    token: 'The secret of the connection, `ntn_…`.',
  },
  notes: [
    'Events are thin: what has changed is read from the API.',
    'Edits of a page are gathered, and come up to a minute late.',
  ],
})
