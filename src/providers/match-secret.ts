import { VerificationError } from '../domain/errors.ts'
import type { Verified } from './provider.ts'

/**
 * The first secret that proves the request. An empty one proves nothing: anybody can sign with it.
 * @throws VerificationError when none does.
 */
export function matchSecret(secrets: readonly string[], proves: (secret: string) => boolean): Verified {
  const secretIndex = secrets.findIndex((secret) => secret !== '' && proves(secret))
  if (secretIndex === -1) throw new VerificationError('invalid_signature')
  return { secretIndex }
}
