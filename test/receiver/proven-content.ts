import { ITEM, signatureOf, signedFields } from '../../src/providers/adyen/notification-item.ts'
import { isJsonObject, parseJsonBody } from '../../src/providers/json-body.ts'
import { objectOf } from '../../src/providers/json-field.ts'
import { isProofHeader } from '../../src/providers/proof-headers.ts'
import { signedParameters } from '../../src/providers/twilio/signed-parameters.ts'

/** What of a body its signature proves, item by item: mostly all of its bytes. */
export function provenContent(provider: string, body: Buffer): string[] {
  try {
    if (provider === 'adyen') return itemsOf(body).map(provenItem)
    if (provider === 'twilio' && !/^[[{]/.test(body.toString())) return [signedParameters('', body)]
  } catch {
    // No notification and no form: nothing but the bytes.
  }
  return [body.toString('latin1')]
}

/** Notifications, or one alone as it is stored. @throws for any other body. */
function itemsOf(body: Buffer): unknown[] {
  const parsed = parseJsonBody(body)
  const items = parsed['notificationItems'] ?? (parsed[ITEM] === undefined ? undefined : [parsed])
  if (!Array.isArray(items)) throw new Error('a webhook of the platform')
  return items as unknown[]
}

function provenItem(entry: unknown): string {
  const item = isJsonObject(entry) ? objectOf(entry[ITEM]) : {}
  return JSON.stringify([signedFields(item), signatureOf(item)])
}

type Headers = Readonly<Record<string, string>>

/** Whether a signature or a credential among headers lost or changed a part. What was added to it may be another one, or nothing. */
export function isProofChanged(good: Headers, changed: Headers): boolean {
  return Object.entries(good)
    .filter(([name]) => isProofHeader(name) && good[`${name}-256`] === undefined)
    .some(([name, value]) => {
      const parts = new Set(partsOf(changed[name] ?? ''))
      return partsOf(value).some((part) => !parts.has(part))
    })
}

const partsOf = (value: string): string[] => value.split(/[ ,]+/)
