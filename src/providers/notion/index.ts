import { checkSecret } from '../check-secret.ts'
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
  listKey: 'entity',
  verify,
  identify,
  sign,
  handshake,
  schemas,
  canonical,
  entityListing,
  delivery: {
    note: 'Up to eight attempts, at growing intervals, over about a day. Edits of content are gathered and come up to a minute late.',
  },
  checkSecret(secret) {
    if (secret.startsWith('ntn_'))
      return 'The secret is a token of the API; Notion signs with the verification token of the subscription.'
    return checkSecret(secret, { prefix: 'secret_', minLength: 24 })
  },
})
