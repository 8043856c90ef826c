import { hmacSha256 } from '../hmac.ts'
import { isJsonObject, parseJsonBody, type JsonObject } from '../json-body.ts'
import { objectOf } from '../json-field.ts'
import { hmacKey } from './hmac-key.ts'
import { ITEM, itemDigest, signedFields } from './notification-item.ts'

/** The headers of a platform webhook; a standard one has its signatures inside. */
export function sign(body: Buffer, secret: string): Record<string, string> {
  if (itemsOf(body) !== undefined) return {}
  return { hmacsignature: hmacSha256(keyOf(secret), body).toString('base64'), protocol: 'HmacSHA256' }
}

/** Signs each item of a standard webhook; the body of any other stays as it is. */
export function embedSignature(body: Buffer, secret: string): Buffer {
  const items = itemsOf(body)
  if (items === undefined) return body
  const key = keyOf(secret)
  const notificationItems = items.map((entry) => ({ ...entry, [ITEM]: signed(objectOf(entry[ITEM]), key) }))
  return Buffer.from(JSON.stringify({ ...parseJsonBody(body), notificationItems }))
}

function signed(item: JsonObject, key: Buffer): JsonObject {
  const fields = signedFields(item)
  if (fields === undefined) throw new Error('the fields of the notification cannot be signed')
  const hmacSignature = itemDigest(key, fields).toString('base64')
  return { ...item, additionalData: { ...objectOf(item['additionalData']), hmacSignature } }
}

function itemsOf(body: Buffer): JsonObject[] | undefined {
  try {
    const items = parseJsonBody(body)['notificationItems']
    return Array.isArray(items) && items.every(isJsonObject) ? items : undefined
  } catch {
    return undefined
  }
}

function keyOf(secret: string): Buffer {
  const key = hmacKey(secret)
  if (key === undefined) throw new Error('the HMAC key is not hexadecimal')
  return key
}
