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
      "The verification token that Notion posts to the hook when the subscription is made. With `POSTHORN_CODEC_KEY` set it waits for 72 hours in `posthorn quarantine`; without, or with `storeBodies: 'until_done'`, have `posthorn capture --keep-signatures --count 1` take it in the receiver’s place. Enter it at Notion, too.",
    token: 'The secret of the connection, `ntn_…`.',
  },
  notes: [
    'The request that brings the token is signed with that token, which proves nothing: it is refused with 401 until the token is the secret; sent again, it is answered with 200. In production nothing can be captured: set `POSTHORN_CODEC_KEY` before you subscribe, or the token is lost.',
    'Events are thin: what has changed is read from the API.',
    'Edits of a page are gathered, and come up to a minute late.',
  ],
})
