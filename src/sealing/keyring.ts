import { createCipheriv, createDecipheriv, hash, randomBytes } from 'node:crypto'

/** Keeps bytes secret where they rest. Every sealed text names its key, so that keys can be rotated. */
export interface Keyring {
  /** Seals with the current key. `place` says what the bytes are and where they stand: they open under the same words only. */
  seal(plain: Buffer, place: string): Buffer
  /** @throws SealError when the bytes were changed, moved to another place, or sealed with a key that is not here. */
  open(sealed: Uint8Array, place: string): Buffer
}

export class SealError extends Error {
  override readonly name = 'SealError'
}

const CIPHER = 'aes-256-gcm'
const VERSION = 1
const KEY_ID_BYTES = 4
const NONCE_BYTES = 12
const TAG_BYTES = 16
const HEAD_BYTES = 1 + KEY_ID_BYTES + NONCE_BYTES

/**
 * Seals by AES-256-GCM: version, key ID, nonce, ciphertext, tag. `keys` hold 32 bytes each: the current one, then those that
 * may still open what was sealed before. Nonces are drawn at random, which is safe for some 2^32 texts of one key.
 */
export function createKeyring(keys: readonly [current: Buffer, ...previous: Buffer[]]): Keyring {
  const byId = new Map(keys.toReversed().map((key) => [keyId(key).toString('hex'), key]))
  const [current] = keys
  const currentId = keyId(current)
  return {
    seal(plain, place) {
      const nonce = randomBytes(NONCE_BYTES)
      const head = Buffer.concat([Buffer.of(VERSION), currentId, nonce])
      const cipher = createCipheriv(CIPHER, current, nonce).setAAD(authenticated(head, place))
      return Buffer.concat([head, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
    },
    open(sealed, place) {
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength)
      if (bytes.length < HEAD_BYTES + TAG_BYTES || bytes[0] !== VERSION)
        throw new SealError('these bytes were not sealed')
      const key = byId.get(bytes.subarray(1, 1 + KEY_ID_BYTES).toString('hex'))
      if (key === undefined) throw new SealError('sealed with a key that is not here')
      const head = bytes.subarray(0, HEAD_BYTES)
      const decipher = createDecipheriv(CIPHER, key, head.subarray(-NONCE_BYTES), { authTagLength: TAG_BYTES })
      decipher.setAAD(authenticated(head, place)).setAuthTag(bytes.subarray(-TAG_BYTES))
      try {
        return Buffer.concat([decipher.update(bytes.subarray(HEAD_BYTES, -TAG_BYTES)), decipher.final()])
      } catch (cause) {
        throw new SealError('the sealed bytes were changed, or stand in another place', { cause })
      }
    },
  }
}

const authenticated = (head: Buffer, place: string): Buffer => Buffer.concat([head, Buffer.from(place)])

const keyId = (key: Buffer): Buffer => hash('sha256', key, 'buffer').subarray(0, KEY_ID_BYTES)
