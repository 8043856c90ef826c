/** The bytes of a key as the Customer Area shows it, in hex of either case; undefined for anything else. */
export const hmacKey = (secret: string): Buffer | undefined =>
  /^([0-9a-f]{2})+$/i.test(secret) ? Buffer.from(secret, 'hex') : undefined

/** Warnings about a configured key; undefined when it looks right. */
export function checkSecret(secret: string): string | undefined {
  const key = hmacKey(secret)
  if (key === undefined) return 'The HMAC key is not hexadecimal, so nothing will verify with it.'
  return key.length === 32 ? undefined : `The HMAC key has ${key.length} bytes; Adyen’s keys have 32.`
}
