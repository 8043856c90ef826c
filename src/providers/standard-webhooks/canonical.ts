import { isJsonObject, parseJsonBody } from '../json-body.ts'
import type { BodyView } from '../provider.ts'

/** The greatest version that the database can hold. */
const MAX_SEQUENCE = 2n ** 63n - 1n

/**
 * There is no API to ask: `data` is the state, if the body says by a `sequence` of its own or of `data` which one is
 * newer.
 */
export const canonical: BodyView = {
  canonical: 'none',
  view(body) {
    const payload = parseJsonBody(body)
    const state = payload['data']
    if (!isJsonObject(state)) return undefined
    const version = sequenceOf(payload['sequence'] ?? state['sequence'])
    return version === undefined ? undefined : { state, version }
  },
}

/** A whole number, or its digits as text; undefined beyond what JSON numbers and the database can hold exactly. */
function sequenceOf(value: unknown): bigint | undefined {
  const whole = Number.isSafeInteger(value) || (typeof value === 'string' && /^\d{1,19}$/.test(value))
  const sequence = whole ? BigInt(value as number | string) : -1n
  return sequence >= 0n && sequence <= MAX_SEQUENCE ? sequence : undefined
}
