import { defineProvider } from '../provider.ts'
import { canonical } from './canonical.ts'
import { schemas } from './events.ts'
import { checkSecret } from './hmac-key.ts'
import { identify, payload } from './identify.ts'
import { embedSignature, sign } from './sign.ts'
import { verify } from './verify.ts'

/** Adyen: standard webhooks about payments, several events in one, and webhooks of the platform about everything else. */
export const adyen = defineProvider({
  name: 'adyen',
  contentTypes: ['application/json'],
  methods: ['POST'],
  idSigned: true,
  // Signed anew with another key.
  volatile: ['/NotificationRequestItem/additionalData/hmacSignature'],
  listKey: 'none',
  verify,
  identify,
  payload,
  sign,
  embedSignature,
  // Any 2xx will do by now; endpoints set up earlier wait for this word.
  acknowledgement: { contentType: 'text/plain; charset=utf-8', body: '[accepted]' },
  schemas,
  canonical,
  delivery: {
    ackWithinSeconds: 10,
    retryAfterSeconds: [9, 18, 27, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, ...Array<number>(89).fill(28_800)],
    note: 'After the first three retries an endpoint has a queue, tried for up to 30 days, and later webhooks wait in it.',
  },
  checkSecret,
  scheme:
    'HMAC-SHA256 in base64, keyed with the bytes of a hex key: in each item of a payment’s notification, over eight of its fields, or in HmacSignature, over the raw body of every other webhook; no time is signed.',
  setUp: {
    hook: 'Customer Area → Developers → Webhooks → Create new webhook, as JSON.',
    secret: 'The HMAC key that is generated there, in hex.',
  },
  notes: [
    'A request may hold several notifications: each is an event of its own, and all are kept or none.',
    'A new key takes effect after a while: keep the old one as `_PREVIOUS` meanwhile.',
    'Of a payment’s notification eight fields are signed: its references, the merchant account, amount, event code and success. All else in it, as the reason or the card, is unproven.',
    'Fields that are signed must hold no colon, but for your own reference: the signature would hold for fields cut elsewhere.',
  ],
})
