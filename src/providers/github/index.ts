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
  delivery: {
    ackWithinSeconds: 10,
    retryAfterSeconds: [],
    note: 'For three days it can be asked to send a webhook again: by hand, and Posthorn does so where the payload cannot be had otherwise.',
  },
  checkSecret: (secret) => checkSecret(secret, { minLength: 16 }),
  scheme: 'HMAC-SHA256 of the raw body in hex, after `sha256=` in X-Hub-Signature-256; no time is signed.',
  setUp: {
    hook: 'Settings → Webhooks → Add webhook, of the repository, the organization or the app; as content type choose application/json.',
    secret: 'The text that you enter there as Secret.',
    token:
      'A fine-grained token, or one of an app, that may read what events are about; listing deliveries takes its permission for webhooks.',
    listing: 'The hook in the API: `/repos/acme/shop/hooks/123`, `/orgs/acme/hooks/123` or `/app/hook`.',
  },
  notes: [
    'The event is named in a header that is not signed, so a body that cannot be of that event is refused.',
    'GitHub Actions are events of it, too: `workflow_run`, `workflow_job`, `check_run`, `check_suite`, `deployment` and `deployment_status`.',
    'Events state no time of their own: what an entity looks like now is read from the API.',
  ],
})
