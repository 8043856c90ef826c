import { randomBytes } from 'node:crypto'
import { sharedSecret } from '../new-secret.ts'
import { defineProvider } from '../provider.ts'
import { canonical } from './canonical.ts'
import { type CertificateSource, publishedCertificates } from './certificate-source.ts'
import { schemas } from './events.ts'
import { identify } from './identify.ts'
import { listing } from './listing.ts'
import { type PaypalSigner, createSign } from './sign.ts'
import { createSigningKeys } from './signing-keys.ts'
import { createVerify } from './verify.ts'

export type { CertificateSource, PaypalSigner }

/** What takes the place of PayPal's own keys, as in tests: without these nobody but PayPal can sign. */
export interface PaypalOptions {
  /** Default: as PayPal publishes them, under the roots that Node ships. */
  certificates?: CertificateSource
  /** For a sender that takes PayPal's place. */
  signer?: PaypalSigner
}

/** PayPal: the events of one REST app, signed with PayPal's own certificate. The secret is the webhook's ID. */
export const createPaypal = ({ certificates = publishedCertificates, signer }: PaypalOptions = {}) =>
  defineProvider({
    name: 'paypal',
    contentTypes: ['application/json'],
    methods: ['POST'],
    idSigned: false,
    listKey: 'exact',
    verify: createVerify(createSigningKeys(certificates)),
    identify,
    sign: createSign(signer),
    schemas,
    canonical,
    listing,
    delivery: { note: 'It makes up to 25 attempts within three days, on every answer but 2xx.' },
    checkSecret,
    createSecret: () => sharedSecret(randomBytes(10).toString('hex').toUpperCase()),
    scheme:
      'RSA with SHA-256 in base64 in PAYPAL-TRANSMISSION-SIG, over PAYPAL-TRANSMISSION-ID, PAYPAL-TRANSMISSION-TIME, the webhook’s ID and a CRC-32 of the raw body joined by bars, under PayPal’s own certificate; up to four days old.',
    setUp: {
      hook: 'Apps & Credentials → your app → Add Webhook.',
      secret: 'The ID of the webhook, which its signature covers. It is no secret in itself.',
      token: '`<client ID>:<client secret>` of the app.',
      tryOut:
        'Only PayPal can sign for it: have its dashboard send an event of the sandbox again. For tests `createPaypal` of `posthorn/provider` takes a key and certificates of yours.',
    },
    notes: [
      'A CRC-32 of the body can be met by another body: read what an event says from the API before money moves.',
      'For the sandbox set `api.baseUrl` to `https://api-m.sandbox.paypal.com`.',
    ],
  })

export const paypal = createPaypal()

function checkSecret(secret: string): string | undefined {
  if (secret === 'WEBHOOK_ID')
    return 'The secret is the ID that PayPal’s simulator signs for: anybody can have that signed.'
  return /^[A-Z0-9]{10,}$/.test(secret)
    ? undefined
    : 'The secret is not the ID of a webhook, as PayPal’s dashboard shows it.'
}
