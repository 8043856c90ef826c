import { hash } from 'node:crypto'
import type { EffectKey } from '../storage/effects.ts'

/**
 * The key by which another system knows a call again: a UUID of version 5, named by the effect in the namespace of the event key.
 * Many APIs take nothing but a UUID. The derivation never changes: keys of yesterday must be those of tomorrow.
 */
export function deriveIdempotencyKey({ key, handler, name, discriminator }: EffectKey, redo: number): string {
  const namespace = Buffer.from(key.replaceAll('-', ''), 'hex')
  const named = Buffer.from([handler, name, discriminator, redo].join('\0'))
  const digest = hash('sha1', Buffer.concat([namespace, named]), 'buffer').subarray(0, 16)
  digest.writeUInt8((digest.readUInt8(6) & 0x0f) | 0x50, 6)
  digest.writeUInt8((digest.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = digest.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
