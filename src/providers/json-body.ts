import { VerificationError } from '../domain/errors.ts'

export type JsonObject = Record<string, unknown>

/** Far above what any provider sends, far below where recursive readers of the value run out of stack. */
const MAX_DEPTH = 100

/**
 * The JSON object in a verified body.
 * @throws VerificationError for bytes that are not UTF-8, text that is not JSON, JSON that is not an object or nests
 * too deeply.
 */
export function parseJsonBody(body: Uint8Array): JsonObject {
  const value = parseJsonValue(body)
  if (!isJsonObject(value)) throw new VerificationError('malformed_body', { message: 'The body is not a JSON object.' })
  return value
}

/** The same for what only looks into a body and leaves the judgement to others: undefined for anything else. */
export function peekJsonBody(body: Uint8Array): JsonObject | undefined {
  try {
    return parseJsonBody(body)
  } catch {
    return undefined
  }
}

/**
 * Whatever JSON value a verified body holds.
 * @throws VerificationError for bytes that are not UTF-8, text that is not JSON, or JSON that nests too deeply.
 */
export function parseJsonValue(body: Uint8Array): unknown {
  if (nestsDeeperThan(MAX_DEPTH, body)) {
    throw new VerificationError('malformed_body', { message: `The body nests deeper than ${MAX_DEPTH} levels.` })
  }
  return parse(body)
}

export const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch (cause) {
    throw new VerificationError('malformed_body', { message: 'The body is not JSON in UTF-8.', cause })
  }
}

const [QUOTE, BACKSLASH] = [0x22, 0x5c]
const [OPENING_BRACKET, CLOSING_BRACKET, OPENING_BRACE, CLOSING_BRACE] = [0x5b, 0x5d, 0x7b, 0x7d]

function nestsDeeperThan(limit: number, body: Uint8Array): boolean {
  let depth = 0
  let inString = false
  for (let at = 0; at < body.length; at++) {
    const byte = body[at] ?? 0
    if (inString) {
      if (byte === BACKSLASH) at++
      else if (byte === QUOTE) inString = false
    } else if (byte === QUOTE) inString = true
    else if (byte === OPENING_BRACE || byte === OPENING_BRACKET) {
      if (++depth > limit) return true
    } else if (byte === CLOSING_BRACE || byte === CLOSING_BRACKET) depth--
  }
  return false
}
