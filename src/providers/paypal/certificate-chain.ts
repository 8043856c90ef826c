import { X509Certificate } from 'node:crypto'
import type { CertificateSource } from './certificate-source.ts'

/** Leaf, a few authorities, root. */
const MAX_CERTIFICATES = 6
const PEM = /-----BEGIN CERTIFICATE-----[\s\w+/=]+-----END CERTIFICATE-----/g
const SIGNER = /^messageverificationcerts(\.[a-z0-9-]+)*\.paypal\.com$/
/** Who certifies PayPal: where a certificate says that its issuer stands, nothing else is read. */
const ISSUER = /^CA Issuers - URI:(http:\/\/cacerts\.digicert\.com\/[\w.-]+)$/m

/**
 * The first certificate of `bytes`, if it is the one PayPal signs webhooks with, and a chain of valid certificates leads from it to a
 * trusted root. An authority that was not sent along is read where its subject says. Whether one was revoked is not asked.
 */
export async function trustedSigner(
  bytes: Buffer,
  { source, at }: { source: CertificateSource; at: Date },
): Promise<X509Certificate | undefined> {
  const sent = parseCertificates(bytes)
  const [leaf] = sent
  if (leaf === undefined || !isSigner(leaf)) return undefined
  const roots = parseCertificates(Buffer.from((await source.roots()).join('\n')))
  let current: X509Certificate | undefined = leaf
  for (let length = 1; current !== undefined && length < MAX_CERTIFICATES; length += 1) {
    const subject: X509Certificate = current
    if (!isValidAt(subject, at)) return undefined
    const issued = (issuer: X509Certificate): boolean => issuer.ca && isIssuedBy(subject, issuer)
    if (roots.some((root) => isValidAt(root, at) && issued(root))) return leaf
    current = sent.find(issued) ?? [await readIssuer(subject, source)].find((issuer) => issuer && issued(issuer))
  }
  return undefined
}

const isIssuedBy = (subject: X509Certificate, issuer: X509Certificate): boolean =>
  subject.checkIssued(issuer) && subject.verify(issuer.publicKey)

const isSigner = ({ subject }: X509Certificate): boolean =>
  subject.split('\n').some((line) => line.startsWith('CN=') && SIGNER.test(line.slice(3)))

const isValidAt = ({ validFrom, validTo }: X509Certificate, at: Date): boolean =>
  Date.parse(validFrom) <= at.getTime() && at.getTime() <= Date.parse(validTo)

async function readIssuer(subject: X509Certificate, source: CertificateSource): Promise<X509Certificate | undefined> {
  const [, url] = ISSUER.exec(subject.infoAccess ?? '') ?? []
  const bytes = url === undefined ? undefined : await source.read(new URL(url))
  return bytes && parseCertificates(bytes)[0]
}

/** In PEM, of which there may be several, or one in DER. */
function parseCertificates(bytes: Buffer): X509Certificate[] {
  const texts = bytes.toString('latin1').match(PEM)
  return (texts ?? [bytes]).flatMap((text) => parse(text) ?? [])
}

function parse(text: string | Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(text)
  } catch {
    return undefined
  }
}
