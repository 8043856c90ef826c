import { checkSecret } from '../check-secret.ts'
import { defineProvider } from '../provider.ts'
import { canonical } from './canonical.ts'
import { entityListing } from './entity-listing.ts'
import { schemas } from './events.ts'
import { identify } from './identify.ts'
import { sign } from './sign.ts'
import { verify } from './verify.ts'

/** Bitbucket: webhooks of Cloud, and of Data Center where they have a secret. Types are its event keys: `pullrequest:created`. */
export const bitbucket = defineProvider({
  name: 'bitbucket',
  contentTypes: ['application/json'],
  methods: ['POST'],
  idSigned: false,
  listKey: 'entity',
  verify,
  identify,
  sign,
  schemas,
  canonical,
  entityListing,
  delivery: {
    ackWithinSeconds: 10,
    note: 'It makes up to two more attempts, after 5xx only; a payload of more than 256 KB may never be sent at all.',
  },
  checkSecret: (secret) => checkSecret(secret, { minLength: 16 }),
  scheme: 'HMAC-SHA256 of the raw body in hex, after `sha256=` in X-Hub-Signature; no time is signed.',
  setUp: {
    hook: 'Repository settings → Webhooks → Add webhook, with a secret.',
    secret: 'The text that you enter there as Secret.',
    token: 'An access token of the repository, or `<e-mail address>:<API token>`, that may read it.',
    listing: 'The repository in the API: `/2.0/repositories/acme/shop`.',
  },
  notes: ['Whether a repetition keeps its ID is not documented: the same bytes are one event nevertheless.'],
})
