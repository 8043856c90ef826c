import { checkSecret } from '../check-secret.ts'
import { parseJsonOrForm } from '../form-fields.ts'
import { defineProvider } from '../provider.ts'
import { canonical } from './canonical.ts'
import { entityListing } from './entity-listing.ts'
import { schemas } from './events.ts'
import { identify } from './identify.ts'
import { sign } from './sign.ts'
import { verify } from './verify.ts'

/** MessageBird's classic APIs, in both their schemes, and the Bird platform that followed them. */
export const messagebird = defineProvider({
  name: 'messagebird',
  contentTypes: ['application/json', 'application/x-www-form-urlencoded'],
  methods: ['POST', 'GET'],
  // No event has an ID: the key is composed of signed fields.
  idSigned: true,
  listKey: 'entity',
  verify,
  identify,
  payload: parseJsonOrForm,
  sign,
  schemas,
  canonical,
  entityListing,
  delivery: {
    note: 'Bird repeats at growing intervals for eight hours; the classic APIs document neither deadline nor schedule.',
  },
  checkSecret(secret) {
    if (/^(live|test)_/.test(secret)) return 'The secret is an access key; webhooks are signed with the signing key.'
    return checkSecret(secret, { minLength: 16 })
  },
})
