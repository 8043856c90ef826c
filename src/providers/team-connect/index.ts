import { checkSecret } from '../check-secret.ts'
import { defineProvider } from '../provider.ts'
import { canonical } from './canonical.ts'
import { schemas } from './events.ts'
import { entityListing } from './entity-listing.ts'
import { identify } from './identify.ts'
import { sign } from './sign.ts'
import { verify } from './verify.ts'

/** Team-Connect: calls, text messages and what its agents do. It retries for a day on every answer that is not 2xx. */
export const teamConnect = defineProvider({
  name: 'team-connect',
  contentTypes: ['application/json'],
  methods: ['POST'],
  idSigned: true,
  listKey: 'entity',
  verify,
  identify,
  sign,
  schemas,
  canonical,
  entityListing,
  checkSecret: (secret) => checkSecret(secret, { minLength: 16 }),
})
