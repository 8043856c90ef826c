import { checkSecret } from '../check-secret.ts'
import { defineProvider } from '../provider.ts'
import { canonical } from './canonical.ts'
import { entityListing } from './entity-listing.ts'
import { schemas } from './events.ts'
import { identify } from './identify.ts'
import { sign } from './sign.ts'
import { verify } from './verify.ts'

/** Buildkite: the webhook notification services of an organization, about builds, jobs and agents. */
export const buildkite = defineProvider({
  name: 'buildkite',
  contentTypes: ['application/json'],
  methods: ['POST'],
  // Buildkite gives events no ID: the key is composed of fields of the body, and the token's holder answers for all of it.
  idSigned: true,
  listKey: 'entity',
  verify,
  identify,
  sign,
  schemas,
  canonical,
  entityListing,
  delivery: {
    note: 'Nor is it documented whether it tries again. The page of the service shows the last 20 requests.',
  },
  checkSecret(secret) {
    if (secret.startsWith('bkua_')) return 'The secret is a token of the API; a webhook has a token of its own.'
    return checkSecret(secret, { minLength: 16 })
  },
  scheme:
    'HMAC-SHA256 in hex as `signature` in X-Buildkite-Signature, over its `timestamp`, a dot and the raw body, 300 s either way; or, by the service’s choice, the token itself in X-Buildkite-Token.',
  setUp: {
    hook: 'Settings → Notification Services → Webhook; choose there to have the token sent as an HMAC signature.',
    secret: 'The token that the service shows.',
    token: 'An API access token with `read_builds`, and `read_agents` where agents are read.',
    listing:
      'Whose builds are listed: `/v2/organizations/acme`, or a pipeline below it, `/v2/organizations/acme/pipelines/shop`.',
  },
  notes: [
    'A body may show a later state than the event is about: read what is true now.',
    'There is no event for a build that failed, or is blocked: look at `state` and `blocked` of `build.finished`.',
    'Jobs are about their build, which is read with all of its jobs.',
  ],
})
