import { checkSecret } from '../check-secret.ts'
import { defineProvider } from '../provider.ts'
import { checkSecret as checkSigningToken } from '../standard-webhooks/keys.ts'
import { canonical } from './canonical.ts'
import { schemas } from './events.ts'
import { identify } from './identify.ts'
import { listing } from './listing.ts'
import { sign } from './sign.ts'
import { isSigningToken } from './signing-token.ts'
import { verify } from './verify.ts'

/** GitLab: hooks of projects, groups and instances, with a secret token or a signing token. */
export const gitlab = defineProvider({
  name: 'gitlab',
  contentTypes: ['application/json'],
  methods: ['POST'],
  // Signing tokens do sign it, secret tokens sign nothing, and which of them a hook has is not known beforehand.
  idSigned: false,
  listKey: 'exact',
  verify,
  identify,
  sign,
  schemas,
  canonical,
  listing,
  delivery: {
    ackWithinSeconds: 10,
    retryAfterSeconds: [],
    note: 'Four failures in a row disable the hook for a minute, further ones for up to a day; forty disable it until somebody tests it.',
  },
  checkSecret: (secret) =>
    isSigningToken(secret) ? checkSigningToken(secret) : checkSecret(secret, { minLength: 16 }),
})
