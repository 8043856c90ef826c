import { createPaypal } from '../../src/providers/paypal/index.ts'
import type { Provider } from '../../src/providers/provider.ts'
import { makeCertificate } from '../providers/certificates.ts'

const CERTIFICATE_URL = 'https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270'
/** Long enough for a test, whenever it runs. */
const VALID = { from: new Date(Date.now() - 86_400_000), to: new Date(Date.now() + 86_400_000) }

/** PayPal with somebody in its place who can sign, under a certificate that no network is asked for. */
export function standInPaypal(): Provider {
  const root = makeCertificate({ name: 'Root', isAuthority: true, type: 'ec', ...VALID })
  const leaf = makeCertificate({ name: 'messageverificationcerts.paypal.com', issuer: root, ...VALID })
  return createPaypal({
    certificates: {
      read: ({ href }) => Promise.resolve(href === CERTIFICATE_URL ? Buffer.from(leaf.pem) : undefined),
      roots: () => Promise.resolve([root.pem]),
    },
    signer: { privateKey: leaf.key, certificateUrl: CERTIFICATE_URL },
  })
}
