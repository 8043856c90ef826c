import { isJsonObject, type JsonObject } from './json-body.ts'

/** Readers for fields of a body that nobody has checked yet: undefined is what they answer to anything unfit. */

export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

/** An ID in text; providers use integers for it, too. */
export const idOf = (value: unknown): string | undefined =>
  Number.isSafeInteger(value) ? String(value) : textOf(value)

export const objectOf = (value: unknown): JsonObject => (isJsonObject(value) ? value : {})

const YEAR_10000 = Date.UTC(10_000, 0)

/** A moment in ISO 8601, or in Unix seconds; undefined outside the years that every reader of it can write. */
export function dateOf(value: unknown): Date | undefined {
  const ms = typeof value === 'number' ? value * 1000 : typeof value === 'string' ? Date.parse(value) : NaN
  return ms >= 0 && ms < YEAR_10000 ? new Date(ms) : undefined
}
