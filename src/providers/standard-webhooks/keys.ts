import { createPublicKey, type KeyObject, randomBytes } from 'node:crypto'
import { ed25519PrivateKey, ed25519PublicKey } from '../ed25519.ts'
import { decodeBase64 } from '../hmac.ts'
import { sharedSecret } from '../new-secret.ts'
import type { SecretPair } from '../provider.ts'

/** What a configured secret is: a shared key for `v1`, or one half of an Ed25519 pair for `v1a`. */
export type SigningKey = { scheme: 'v1'; shared: Buffer } | { scheme: 'v1a'; public: KeyObject; private?: KeyObject }

const SHARED = 'whsec_'
const PUBLIC = 'whpk_'
const PRIVATE = 'whsk_'

/** Undefined for text that is no key of any kind. A shared key may stand without its prefix. */
export function parseKey(secret: string): SigningKey | undefined {
  if (secret.startsWith(PUBLIC)) return publicKey(decodeBase64(secret.slice(PUBLIC.length)))
  if (secret.startsWith(PRIVATE)) return privateKey(decodeBase64(secret.slice(PRIVATE.length)))
  const shared = decodeBase64(secret.startsWith(SHARED) ? secret.slice(SHARED.length) : secret)
  return shared && { scheme: 'v1', shared }
}

function publicKey(bytes: Buffer | undefined): SigningKey | undefined {
  const key = ed25519PublicKey(bytes)
  return key && { scheme: 'v1a', public: key }
}

function privateKey(bytes: Buffer | undefined): SigningKey | undefined {
  const key = ed25519PrivateKey(bytes)
  return key && { scheme: 'v1a', private: key, public: createPublicKey(key) }
}

export const createSecret = (): SecretPair => sharedSecret(SHARED + randomBytes(32).toString('base64'))

/** Warnings about a secret that a receiver is configured with; undefined when it looks right. */
export function checkSecret(secret: string): string | undefined {
  if (secret !== secret.trim()) return 'The secret begins or ends with whitespace, so it is not base64.'
  if (secret.startsWith(PRIVATE))
    return `The secret is the sender's private key; a receiver needs only the ${PUBLIC} one.`
  if (!secret.startsWith(SHARED) && !secret.startsWith(PUBLIC))
    return `The secret begins neither with ${SHARED} nor ${PUBLIC}.`
  const key = parseKey(secret)
  if (key === undefined) return 'The secret is not base64 of a key, so nothing will verify with it.'
  if (key.scheme === 'v1' && key.shared.length < 24)
    return 'The secret is shorter than the 24 bytes that the standard asks for.'
  return undefined
}
