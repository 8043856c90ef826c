import { checkSecret } from '../check-secret.ts'
import { defineProvider } from '../provider.ts'
import { canonical } from './canonical.ts'
import { entityListing } from './entity-listing.ts'
import { schemas } from './events.ts'
import { identify } from './identify.ts'
import { sign } from './sign.ts'
import { verify } from './verify.ts'

/** CircleCI: the outbound webhooks of a project, about workflows and jobs that have ended. */
export const circleci = defineProvider({
  name: 'circleci',
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
  delivery: {
    ackWithinSeconds: 10,
    note: 'It tries again later, on every answer but 2xx; how often and how long is not documented.',
  },
  checkSecret: (secret) => checkSecret(secret, { minLength: 16 }),
  scheme: 'HMAC-SHA256 of the raw body in hex, after `v1=` in circleci-signature; no time is signed.',
  setUp: {
    hook: 'Project Settings → Webhooks → Add Webhook, for each project, five at most.',
    secret: 'The text that you enter there as Secret token.',
    token: 'A personal API token of somebody who may see the project.',
    listing: 'The project in the API: `/api/v2/project/gh/acme/shop`.',
  },
  notes: ['Only ends are told: a workflow or job that was started, or waits for an approval, sends nothing.'],
})
