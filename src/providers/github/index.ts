import { checkSecret } from '../check-secret.ts'
import { defineProvider } from '../provider.ts'
import { canonical } from './canonical.ts'
import { schemas } from './events.ts'
import { identify } from './identify.ts'
import { listing } from './listing.ts'
import { payloadOf } from './payload.ts'
import { sign } from './sign.ts'
import { verify } from './verify.ts'

/** GitHub: hooks of repositories, organisations and apps. It sends each event once and never again by itself. */
export const github = defineProvider({
  name: 'github',
  contentTypes: ['application/json', 'application/x-www-form-urlencoded'],
  methods: ['POST'],
  idSigned: false,
  listKey: 'exact',
  verify,
  identify,
  payload: payloadOf,
  sign,
  schemas,
  canonical,
  listing,
  checkSecret: (secret) => checkSecret(secret, { minLength: 16 }),
})
