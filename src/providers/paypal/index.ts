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
    delivery: { note: 'Up to 25 attempts within three days, on every answer but 2xx.' },
    checkSecret,
  })

export const paypal = createPaypal()

function checkSecret(secret: string): string | undefined {
  if (secret === 'WEBHOOK_ID')
    return 'The secret is the ID that PayPal’s simulator signs for: anybody can have that signed.'
  return /^[A-Z0-9]{10,}$/.test(secret)
    ? undefined
    : 'The secret is not the ID of a webhook, as PayPal’s dashboard shows it.'
}
