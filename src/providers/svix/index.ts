import { defineProvider } from '../provider.ts'
import { canonical } from '../standard-webhooks/canonical.ts'
import { identify } from '../standard-webhooks/identify.ts'
import { checkSecret, createSecret } from '../standard-webhooks/keys.ts'
import { sign } from '../standard-webhooks/sign.ts'
import { verify } from '../standard-webhooks/verify.ts'
import { branded, unbranded } from './unbranded.ts'

/** Any sender that sends through Svix: Standard Webhooks, under names of its own. Types and bodies are the sender's. */
export const svix = defineProvider({
  name: 'svix',
  contentTypes: ['application/json'],
  methods: ['POST'],
  idSigned: true,
  listKey: 'none',
  verify: (request, secrets, now) => verify(unbranded(request), secrets, now),
  identify: (request) => identify(unbranded(request)),
  sign: (body, secret, options) => branded(sign(body, secret, options)),
  schemas: {},
  canonical,
  delivery: {
    ackWithinSeconds: 15,
    retryAfterSeconds: [5, 300, 1800, 7200, 18_000, 36_000, 36_000],
    note: 'A redirection counts as a failure. An endpoint that has only failed for five days is disabled.',
  },
  checkSecret,
  createSecret,
  scheme:
    'HMAC-SHA256 (`v1`) or Ed25519 (`v1a`) in base64 in svix-signature, over svix-id, svix-timestamp and the raw body joined by dots, 300 s either way; or the same under webhook-signature, webhook-id and webhook-timestamp.',
  setUp: {
    hook: 'Wherever the sender lets you add an endpoint: most show Svix’s own page for it.',
    secret: 'The endpoint’s signing secret, `whsec_…`, or the sender’s public key, `whpk_…`.',
  },
  notes: [
    'What a body looks like is the sender’s affair: the type is read from `type`, `event_type` or `eventType`, and an event without any is parked.',
    'A message keeps its ID when it is sent again, also by hand.',
  ],
})
