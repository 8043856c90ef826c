import { defineProvider } from '../provider.ts'
import { canonical } from './canonical.ts'
import { identify } from './identify.ts'
import { checkSecret } from './keys.ts'
import { sign } from './sign.ts'
import { verify } from './verify.ts'

/**
 * Any sender that follows the Standard Webhooks specification, with shared or asymmetric keys. It prescribes no
 * schemas.
 */
export const standardWebhooks = defineProvider({
  name: 'standard-webhooks',
  contentTypes: ['application/json'],
  methods: ['POST'],
  idSigned: true,
  listKey: 'none',
  verify,
  identify,
  sign,
  schemas: {},
  canonical,
  checkSecret,
})
