import { hmacSha256 } from '../hmac.ts'
import type { JsonObject } from '../json-body.ts'
import { objectOf, textOf } from '../json-field.ts'

/** The name under which an item of `notificationItems` holds its notification. */
export const ITEM = 'NotificationRequestItem'

/** HMAC-SHA256 over the eight fields that an item's signature covers. All else of the item is unproven. */
export const itemDigest = (key: Buffer, fields: string): Buffer => hmacSha256(key, fields)

/**
 * The signed fields of a notification as Adyen joins them. They are not escaped, so a colon in any but the merchant's own reference would
 * let one signature stand for other fields than were signed: such an item has none.
 */
export function signedFields(item: JsonObject): string | undefined {
  const amount = objectOf(item['amount'])
  const before = [item['pspReference'], item['originalReference'], item['merchantAccountCode']].map(textOfField)
  const reference = textOfField(item['merchantReference'])
  const behind = [amount['value'], amount['currency'], item['eventCode'], item['success']].map(textOfField)
  if (reference === undefined || [...before, ...behind].some((field) => field === undefined || field.includes(':')))
    return undefined
  return [...before, reference, ...behind].join(':')
}

/** An absent field is signed as an empty one. */
export function textOfField(value: unknown): string | undefined {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}

export const signatureOf = (item: JsonObject): string | undefined =>
  textOf(objectOf(item['additionalData'])['hmacSignature'])
