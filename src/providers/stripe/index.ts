import { checkSecret } from '../check-secret.ts'
import { defineProvider } from '../provider.ts'
import { canonical } from './canonical.ts'
import { schemas } from './events.ts'
import { identify } from './identify.ts'
import { listing } from './listing.ts'
import { sign } from './sign.ts'
import { verify } from './verify.ts'

/** Stripe: snapshot and thin events of one account, or of the accounts connected to it. */
export const stripe = defineProvider({
  name: 'stripe',
  contentTypes: ['application/json'],
  methods: ['POST'],
  idSigned: true,
  listKey: 'exact',
  verify,
  identify,
  sign,
  schemas,
  canonical,
  listing,
  checkSecret: (secret) => checkSecret(secret, { prefix: 'whsec_', minLength: 32 }),
})
