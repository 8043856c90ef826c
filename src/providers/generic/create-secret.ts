import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { keyPairSecret, randomSecret, sharedSecret } from '../new-secret.ts'
import type { SecretPair } from '../provider.ts'
import type { SignatureScheme } from './scheme.ts'

/** A secret in the form that a scheme takes. */
export function createSecret(scheme: SignatureScheme): SecretPair {
  switch (scheme.kind) {
    case 'hmac':
      return scheme.secret === 'base64' ? sharedSecret(randomBytes(32).toString('base64')) : randomSecret()
    case 'ed25519':
      return keyPairSecret(generateKeyPairSync('ed25519'))
    case 'ecdsa':
      return keyPairSecret(generateKeyPairSync('ec', { namedCurve: 'prime256v1' }))
    case 'rsa':
      return keyPairSecret(generateKeyPairSync('rsa', { modulusLength: 2048 }))
    case 'basic':
      return randomSecret('posthorn:')
    case 'bearer':
    case 'token':
      return randomSecret()
  }
}
