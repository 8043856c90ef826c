import { VerificationError } from '../domain/errors.ts'
import { parseJsonBody, type JsonObject } from './json-body.ts'
import type { WebhookRequest } from './provider.ts'

export type FormField = readonly [name: string, value: string]

/**
 * The fields of `application/x-www-form-urlencoded` bytes, in their order.
 * @throws VerificationError for what is not percent-encoded UTF-8: decoded leniently, different bytes would be the same field.
 */
export function parseForm(form: Uint8Array): FormField[] {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(form)
    return text === '' ? [] : text.split('&').map(parseField)
  } catch (cause) {
    throw new VerificationError('malformed_body', { message: 'The form is not percent-encoded UTF-8.', cause })
  }
}

function parseField(pair: string): FormField {
  const at = pair.indexOf('=')
  return at === -1 ? [decode(pair), ''] : [decode(pair.slice(0, at)), decode(pair.slice(at + 1))]
}

const decode = (text: string): string => decodeURIComponent(text.replaceAll('+', ' '))

/** By name; a name that is repeated has the list of its values. */
export function fieldsOf(fields: readonly FormField[]): JsonObject {
  const values = new Map<string, string | string[]>()
  for (const [name, value] of fields) {
    const before = values.get(name)
    values.set(name, before === undefined ? value : [before, value].flat())
  }
  return Object.fromEntries(values)
}

/** The query of a URL, without its question mark. */
export function queryOf(url: string): string {
  const [withoutFragment = ''] = url.split('#', 1)
  const at = withoutFragment.indexOf('?')
  return at === -1 ? '' : withoutFragment.slice(at + 1)
}

/** The bytes that are the event: the body, or of a request without one, as a GET is, the query. */
export const eventBytes = ({ body, url }: WebhookRequest): Buffer =>
  body.length > 0 ? body : Buffer.from(queryOf(url))

const [SPACE, OPENING_BRACKET, OPENING_BRACE] = [0x20, 0x5b, 0x7b]

const opensWith = (byte: number, bytes: Buffer): boolean => bytes.find((one) => one > SPACE) === byte

/** Whether bytes that are JSON or a form are a JSON array. No name of a field begins with a bracket or a brace. */
export const isJsonArray = (bytes: Buffer): boolean => opensWith(OPENING_BRACKET, bytes)

/**
 * The event in bytes that are a JSON object or a form.
 * @throws VerificationError
 */
export const parseJsonOrForm = (bytes: Buffer): JsonObject =>
  opensWith(OPENING_BRACE, bytes) ? parseJsonBody(bytes) : fieldsOf(parseForm(bytes))
