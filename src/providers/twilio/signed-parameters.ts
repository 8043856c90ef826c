import { createHash } from 'node:crypto'
import { VerificationError } from '../../domain/errors.ts'
import { parseForm } from '../form-fields.ts'
import { decodeHexDigest, safeEqual } from '../hmac.ts'

/**
 * What follows the URL in the signed text: every field of a form, sorted by name, names and values without anything between them; of
 * a name that is repeated, each value once, sorted. Nothing, where the URL holds the hash of the body instead.
 * @throws VerificationError for a body that is not the hashed one.
 */
export function signedParameters(url: string, body: Buffer): string {
  const [, hash] = /[?&]bodySHA256=([^&#]*)/.exec(url) ?? []
  if (hash === undefined) return joinFields(body)
  const stated = decodeHexDigest(hash)
  if (stated === undefined || !safeEqual(stated, createHash('sha256').update(body).digest()))
    throw new VerificationError('invalid_signature')
  return ''
}

function joinFields(body: Buffer): string {
  const values = new Map<string, Set<string>>()
  for (const [name, value] of parseForm(body)) values.set(name, (values.get(name) ?? new Set()).add(value))
  return [...values.keys()]
    .toSorted()
    .flatMap((name) => [...(values.get(name) ?? [])].toSorted().map((value) => name + value))
    .join('')
}
