import { checkSecret } from '../check-secret.ts'
import { defineProvider } from '../provider.ts'
import { checkSecret as checkSigningToken, createSecret } from '../standard-webhooks/keys.ts'
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
  createSecret,
  scheme:
    'With a signing token HMAC-SHA256 in base64 in webhook-signature, over webhook-id, webhook-timestamp and the raw body joined by dots, 300 s either way; with a secret token that token itself in X-Gitlab-Token.',
  setUp: {
    hook: 'Settings → Webhooks → Add new webhook, of a project or a group.',
    secret: 'The signing token, `whsec_…`, which GitLab has since version 19, or the secret token that you enter.',
    token: 'A personal, project or group access token with `read_api`; with `api` lost events can be asked for again.',
    listing: 'The hook below `/api/v4`: `/projects/12/hooks/34` or `/groups/12/hooks/34`.',
  },
  notes: [
    'Signing tokens are the better choice: a secret token travels in the clear, and proves neither body nor time.',
  ],
})
