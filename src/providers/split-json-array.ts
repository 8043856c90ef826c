import { VerificationError } from '../domain/errors.ts'
import { isJsonObject, parseJsonValue } from './json-body.ts'

/** More than any provider sends at once; what is larger would fill a commit of its own. */
const MAX_ELEMENTS = 10_000

const [SPACE, QUOTE, COMMA, COLON, BACKSLASH] = [0x20, 0x22, 0x2c, 0x3a, 0x5c]
const [OPENING_BRACKET, CLOSING_BRACKET, OPENING_BRACE, CLOSING_BRACE] = [0x5b, 0x5d, 0x7b, 0x7d]
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])

/**
 * The exact bytes of each element of a JSON array, as views of `body`: of the body itself, or of the array that is the `member` of an
 * object.
 * @throws VerificationError where there is no such array, or something else of the body is not JSON that `parseJsonBody` would take.
 */
export function splitJsonArray(body: Buffer, member?: string): Buffer[] {
  const value = parseJsonValue(body)
  const array = member === undefined ? value : isJsonObject(value) ? value[member] : undefined
  if (!Array.isArray(array))
    throw malformed(member === undefined ? 'The body is no JSON array.' : `There is no array "${member}".`)
  if (array.length > MAX_ELEMENTS) throw malformed(`The body holds more than ${MAX_ELEMENTS} events.`)
  // The parser has said that it is JSON, so only the borders of values remain to be found.
  const start = afterSpace(body, body.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0)
  return elementsOf(body, member === undefined ? start : memberOf(body, start, member))
}

const malformed = (message: string): VerificationError => new VerificationError('malformed_body', { message })

/** `at` is the opening bracket. */
function elementsOf(body: Buffer, at: number): Buffer[] {
  const elements: Buffer[] = []
  let next = afterSpace(body, at + 1)
  while (body[next] !== CLOSING_BRACKET) {
    const end = afterValue(body, next)
    elements.push(body.subarray(next, end))
    next = afterComma(body, end)
  }
  return elements
}

/** Where the value of a member begins; `at` is the opening brace. A name that stands twice would mean other bytes to other readers. */
function memberOf(body: Buffer, at: number, name: string): number {
  const found: number[] = []
  let next = afterSpace(body, at + 1)
  while (body[next] !== CLOSING_BRACE) {
    const nameEnd = afterValue(body, next)
    const value = afterSpace(body, body.indexOf(COLON, nameEnd) + 1)
    if (JSON.parse(body.toString('utf8', next, nameEnd)) === name) found.push(value)
    next = afterComma(body, afterValue(body, value))
  }
  const [only, ...others] = found
  if (only === undefined || others.length > 0) throw malformed(`"${name}" does not stand exactly once.`)
  return only
}

function afterSpace(body: Buffer, at: number): number {
  let next = at
  while ((body[next] ?? QUOTE) <= SPACE) next++
  return next
}

function afterComma(body: Buffer, at: number): number {
  const next = afterSpace(body, at)
  return body[next] === COMMA ? afterSpace(body, next + 1) : next
}

function afterValue(body: Buffer, at: number): number {
  const first = body[at]
  if (first === QUOTE) return afterString(body, at)
  if (first === OPENING_BRACE || first === OPENING_BRACKET) return afterNested(body, at)
  let next = at
  while (!endsScalar(body[next])) next++
  return next
}

const endsScalar = (byte: number | undefined): boolean =>
  byte === undefined || byte <= SPACE || byte === COMMA || byte === CLOSING_BRACKET || byte === CLOSING_BRACE

function afterString(body: Buffer, at: number): number {
  let next = at + 1
  while (body[next] !== QUOTE) next += body[next] === BACKSLASH ? 2 : 1
  return next + 1
}

function afterNested(body: Buffer, at: number): number {
  let depth = 0
  let next = at
  do {
    const byte = body[next]
    if (byte === QUOTE) {
      next = afterString(body, next)
      continue
    }
    if (byte === OPENING_BRACE || byte === OPENING_BRACKET) depth++
    else if (byte === CLOSING_BRACE || byte === CLOSING_BRACKET) depth--
    next++
  } while (depth > 0)
  return next
}
