import { parseJsonBody } from '../json-body.ts'
import { objectOf } from '../json-field.ts'
import type { BodyView } from '../provider.ts'

/**
 * Adyen reads no payment back by its reference: the notification is the record. Of the platform's objects only transfers say which
 * notification is the newer one, by a number of their own.
 */
export const canonical: BodyView = {
  canonical: 'none',
  view(body) {
    const state = objectOf(parseJsonBody(body)['data'])
    const version = state['sequenceNumber']
    return Number.isSafeInteger(version) && (version as number) >= 0
      ? { state, version: BigInt(version as number) }
      : undefined
  },
}
