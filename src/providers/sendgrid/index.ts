import { generateKeyPairSync } from 'node:crypto'
import { keyPairSecret } from '../new-secret.ts'
import { defineProvider } from '../provider.ts'
import { canonical } from './canonical.ts'
import { schemas } from './events.ts'
import { identify } from './identify.ts'
import { checkSecret } from './keys.ts'
import { sign } from './sign.ts'
import { verify } from './verify.ts'

/**
 * SendGrid's event webhook: batches of what happened to e-mails. Its API shows messages and no events, and no list of them by pages: what
 * was missed cannot be found again.
 */
export const sendgrid = defineProvider({
  name: 'sendgrid',
  contentTypes: ['application/json'],
  methods: ['POST'],
  idSigned: true,
  listKey: 'none',
  verify,
  identify,
  sign,
  schemas,
  canonical,
  delivery: { note: 'It tries again at growing intervals for 24 hours after the event, on every answer but 2xx.' },
  checkSecret,
  createSecret: () => keyPairSecret(generateKeyPairSync('ec', { namedCurve: 'prime256v1' })),
  scheme:
    'ECDSA (P-256, SHA-256) in base64 in X-Twilio-Email-Event-Webhook-Signature, over X-Twilio-Email-Event-Webhook-Timestamp and the raw body; up to 25 hours old.',
  setUp: {
    hook: 'Settings → Mail Settings → Event Webhooks, with Signed Event Webhook switched on.',
    secret: 'The verification key that is shown there: a public key in base64.',
    token: 'An API key that may read e-mail activity, which is an add-on.',
  },
  notes: ['A request holds many events: each is an event of its own, and all are kept or none.'],
})
