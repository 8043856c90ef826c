import { checkSecret } from '../check-secret.ts'
import { defineProvider } from '../provider.ts'
import { canonical } from './canonical.ts'
import { entityListing } from './entity-listing.ts'
import { schemas } from './events.ts'
import { identify } from './identify.ts'
import { sign, stampBody } from './sign.ts'
import { verify } from './verify.ts'

/** Linear: webhooks of a workspace, of its teams and of agents. */
export const linear = defineProvider({
  name: 'linear',
  contentTypes: ['application/json'],
  methods: ['POST'],
  idSigned: false,
  volatile: ['/webhookTimestamp'],
  listKey: 'entity',
  verify,
  identify,
  sign,
  embedSignature: stampBody,
  schemas,
  canonical,
  entityListing,
  delivery: {
    ackWithinSeconds: 5,
    retryAfterSeconds: [60, 3600, 21_600],
    note: 'Only 200 counts as success; a webhook that keeps failing may be disabled.',
  },
  checkSecret(secret) {
    if (/^lin_(api|oauth)_/.test(secret))
      return 'The secret is a credential of the API; Linear signs with the signing secret of the webhook.'
    return checkSecret(secret, { minLength: 16 })
  },
  scheme:
    'HMAC-SHA256 of the raw body in hex in Linear-Signature; the time of sending, `webhookTimestamp` in the body, may be 60 s off.',
  setUp: {
    hook: 'Settings → API → New webhook, of the workspace or of a team.',
    secret: 'The signing secret that is shown with the webhook.',
    token: 'A personal API key, `lin_api_…`, or a token of OAuth.',
  },
})
