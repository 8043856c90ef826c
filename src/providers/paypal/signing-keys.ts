import type { KeyObject } from 'node:crypto'
import { VerificationError } from '../../domain/errors.ts'
import { trustedSigner } from './certificate-chain.ts'
import type { CertificateSource } from './certificate-source.ts'

/** The public keys behind certificate URLs. */
export interface SigningKeys {
  /**
   * The key of the certificate at `url`, a URL that the sender names; `now` in Unix seconds.
   * @throws VerificationError where it is none of PayPal's, or cannot be read now.
   */
  keyAt(url: string, now: number): Promise<KeyObject>
}

const HOSTS = new Set(['api.paypal.com', 'api-m.paypal.com', 'api.sandbox.paypal.com', 'api-m.sandbox.paypal.com'])
const URL_FORM = /^https:\/\/([a-z.-]+)\/v1\/notifications\/certs\/[\w-]{1,100}$/
const KEPT_SECONDS = 24 * 3600
/** PayPal signs with one certificate for months. */
const MAX_KEYS = 32
/** Anybody can name URLs, and each of them costs a call to PayPal: no more at once than this. */
const MAX_READS = 8

/** Reads each certificate once a day, and none that does not stand where PayPal's do. */
export function createSigningKeys(source: CertificateSource): SigningKeys {
  const kept = new Map<string, { key: KeyObject; until: number }>()
  const reading = new Map<string, Promise<KeyObject>>()

  async function read(url: string, now: number): Promise<KeyObject> {
    const at = new Date(now * 1000)
    const signer = await unlessAway(async () => {
      const bytes = await source.read(new URL(url))
      return bytes && trustedSigner(bytes, { source, at })
    })
    if (signer?.publicKey.asymmetricKeyType !== 'rsa') throw new VerificationError('invalid_signature')
    const [oldest] = kept.keys()
    if (kept.size >= MAX_KEYS && oldest !== undefined) kept.delete(oldest)
    const expires = Math.floor(Date.parse(signer.validTo) / 1000)
    kept.set(url, { key: signer.publicKey, until: Math.min(now + KEPT_SECONDS, expires) })
    return signer.publicKey
  }

  return {
    async keyAt(url, now) {
      if (!HOSTS.has(URL_FORM.exec(url)?.[1] ?? '')) throw new VerificationError('invalid_signature')
      const known = kept.get(url)
      if (known !== undefined && now <= known.until) return known.key
      kept.delete(url)
      const underWay = reading.get(url)
      if (underWay !== undefined) return underWay
      if (reading.size >= MAX_READS) throw new VerificationError('certificate_unavailable')
      const key = read(url, now).finally(() => reading.delete(url))
      reading.set(url, key)
      return key
    },
  }
}

/** What cannot be read now proves nothing against the sender, who must send again. */
async function unlessAway<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw new VerificationError('certificate_unavailable', { cause })
  }
}
