import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { SecretPair } from './provider.ts'

/** The DER header of a private Ed25519 key in PKCS #8; the 32 bytes of the seed follow it. */
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex')

/** The key in its 32 raw bytes; undefined for any other number of them. */
export function ed25519PublicKey(bytes: Buffer | undefined): KeyObject | undefined {
  if (bytes?.length !== 32) return undefined
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: bytes.toString('base64url') }
  return createPublicKey({ key: jwk, format: 'jwk' })
}

/** From the seed alone, or the seed with the public key after it, as most senders write it. */
export function ed25519PrivateKey(bytes: Buffer | undefined): KeyObject | undefined {
  if (bytes?.length !== 32 && bytes?.length !== 64) return undefined
  const der = Buffer.concat([PKCS8_ED25519, bytes.subarray(0, 32)])
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
}

/** Both halves in base64 of their 32 raw bytes. */
export function newEd25519Secret(): SecretPair {
  const { d, x } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  const base64 = (part = ''): string => Buffer.from(part, 'base64url').toString('base64')
  return { sign: base64(d), verify: base64(x) }
}
