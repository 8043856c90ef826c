import { checkSecret } from '../check-secret.ts'
import { defineProvider } from '../provider.ts'
import { canonical } from './canonical.ts'
import { entityListing } from './entity-listing.ts'
import { schemas } from './events.ts'
import { identify } from './identify.ts'
import { sign } from './sign.ts'
import { verify } from './verify.ts'

/** Shopify: one shop's webhooks, and the newer events with their shorter headers. Types are topics with a dot: `orders.create`. */
export const shopify = defineProvider({
  name: 'shopify',
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
    ackWithinSeconds: 5,
    note: 'Eight attempts within four hours, with the payload of the first; a subscription made by API that fails eight times in a row is deleted.',
  },
  checkSecret: (secret) => checkSecret(secret, { minLength: 32 }),
})
