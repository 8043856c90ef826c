import { verify as verifySignature } from 'node:crypto'
import { VerificationError } from '../../domain/errors.ts'
import { decodeBase64 } from '../hmac.ts'
import { matchSecret } from '../match-secret.ts'
import type { Provider } from '../provider.ts'
import { assertFresh } from '../timestamp.ts'
import { signedContent } from './signed-content.ts'
import type { SigningKeys } from './signing-keys.ts'

/** PayPal publishes no tolerance, but tries for three days: a day more, for clocks and queues. */
export const TOLERANCE_SECONDS = 4 * 24 * 3600

/**
 * RSA with SHA-256 over the transmission's ID and time, the webhook ID, which is the secret, and a checksum of the body. Whoever has seen
 * one genuine request can make another body of the same checksum: the time is bounded, a transmission counts once, and what an event
 * says should be read from the API before money moves.
 */
export const createVerify = (keys: SigningKeys): Provider['verify'] =>
  async function verify({ headers, body }, secrets, now) {
    const {
      'paypal-transmission-id': id,
      'paypal-transmission-time': time,
      'paypal-transmission-sig': written,
      'paypal-cert-url': url,
      'paypal-auth-algo': algorithm,
    } = headers
    if (!id || !written || !url || !algorithm) throw new VerificationError('missing_signature')
    const sentAt = parseTime(time)
    const signature = decodeBase64(written)
    if (signature === undefined || algorithm !== 'SHA256withRSA') throw new VerificationError('invalid_signature')
    const key = await keys.keyAt(url, now)
    const verified = matchSecret(secrets, (webhookId) =>
      verifySignature('sha256', signedContent({ id, time: time ?? '', webhookId, body }), key, signature),
    )
    assertFresh(sentAt, now, TOLERANCE_SECONDS)
    return verified
  }

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/

/** Unix seconds. */
function parseTime(text: string | undefined): number {
  if (!text) throw new VerificationError('missing_timestamp')
  const ms = RFC_3339.test(text) ? Date.parse(text) : NaN
  if (Number.isNaN(ms)) throw new VerificationError('bad_timestamp')
  return Math.floor(ms / 1000)
}
