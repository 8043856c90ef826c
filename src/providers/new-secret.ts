import { type KeyObject, randomBytes } from 'node:crypto'
import type { Provider, SecretPair } from './provider.ts'

/**
 * A secret that nobody knows, in the provider's own form. Where the two halves differ, a source is configured with `verify` under the name
 * that its `env()` gives, and whoever sends in the provider's place finds `sign` under the same name with `_SIGNING_KEY` behind it, where
 * `posthorn dev` puts it.
 */
export function newSecret(provider: Provider): SecretPair {
  return provider.createSecret?.() ?? randomSecret()
}

/** 32 random bytes in hex, after a prefix that the provider gives its secrets. */
export const randomSecret = (prefix = ''): SecretPair => sharedSecret(prefix + randomBytes(32).toString('hex'))

export const sharedSecret = (secret: string): SecretPair => ({ sign: secret, verify: secret })

/** Both halves in base64 of their DER: PKCS #8 and SPKI. */
export const keyPairSecret = (pair: { privateKey: KeyObject; publicKey: KeyObject }): SecretPair => ({
  sign: pair.privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
  verify: pair.publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
})
