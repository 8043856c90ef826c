import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { decodeBase64 } from '../hmac.ts'

/** The verification key as SendGrid shows it: base64 of the DER of a P-256 key. Undefined for anything else. */
export function publicKey(secret: string): KeyObject | undefined {
  return parse(() => createPublicKey({ key: derOf(secret), format: 'der', type: 'spki' }))
}

/** What SendGrid keeps to itself: base64 of the DER (PKCS #8) of the other half. */
export function privateKey(secret: string): KeyObject | undefined {
  return parse(() => createPrivateKey({ key: derOf(secret), format: 'der', type: 'pkcs8' }))
}

function derOf(text: string): Buffer {
  const der = decodeBase64(text)
  if (der === undefined) throw new Error('not base64')
  return der
}

function parse(read: () => KeyObject): KeyObject | undefined {
  try {
    const key = read()
    return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? key : undefined
  } catch {
    return undefined
  }
}

/** Warnings about a configured key; undefined when it looks right. */
export function checkSecret(secret: string): string | undefined {
  if (publicKey(secret) !== undefined) return undefined
  return privateKey(secret) === undefined
    ? 'The secret is not the verification key of the event webhook, so nothing will verify with it.'
    : 'The secret is a private key; a receiver needs only the verification key of the event webhook.'
}
