import type { ZodType } from 'zod'
import type { Random } from './random.ts'

export interface SampleFacts {
  /** What makes the event one of its own. It stands where the provider has the event's ID, or what its key is composed of. */
  id: string
  now: Date
  random: Random
}

/** Writes the event of a type: a value for JSON, or the fields of a form. `name` is what of the type follows the family's name. */
export type Family = (facts: SampleFacts, name: string) => object

/** The events of one provider, as it writes them. */
export interface SampleBook {
  /** An ID as this provider makes them. */
  newId(random: Random): string
  /** By what types begin with, up to a dot or a colon; the longest that fits writes the event. */
  families: Readonly<Record<string, Family>>
  /** Types of which the provider declares no schema. */
  also?: readonly string[]
  /** Families whose types anybody may invent; the empty one is all that no other family has. */
  open?: readonly string[]
}

export interface SampleBody {
  contentType: string
  body: Buffer
}

/** Every type that the book has a sample of, but for those that anybody may invent. */
export const sampleTypes = (book: SampleBook, schemas: Readonly<Record<string, ZodType>>): string[] =>
  [...Object.keys(schemas), ...(book.also ?? [])].filter((type) => familyOf(book, type) !== undefined)

export const isOpen = (book: SampleBook, type: string): boolean =>
  book.open?.includes(familyOf(book, type) ?? 'none') ?? false

/** The bytes of an event of a type; undefined where no family knows it. */
export function writeSample(book: SampleBook, type: string, facts: SampleFacts): SampleBody | undefined {
  const family = familyOf(book, type)
  if (family === undefined) return undefined
  const event = book.families[family]?.(facts, family === '' ? type : type.slice(family.length + 1))
  return event instanceof URLSearchParams
    ? { contentType: 'application/x-www-form-urlencoded', body: Buffer.from(event.toString()) }
    : { contentType: 'application/json', body: Buffer.from(JSON.stringify(event)) }
}

function familyOf({ families }: SampleBook, type: string): string | undefined {
  const fits = (family: string): boolean =>
    family === '' || type === family || (type.startsWith(family) && /^[.:]/.test(type.slice(family.length)))
  return Object.keys(families)
    .filter(fits)
    .toSorted((a, b) => b.length - a.length)[0]
}

/** The same writer for several families. */
export const each = (names: string, family: Family): Record<string, Family> =>
  Object.fromEntries(names.split(' ').map((name) => [name, family]))

/** Unix seconds. */
export const seconds = (at: Date): number => Math.floor(at.getTime() / 1000)

/** ISO 8601 in UTC without fractions of a second. */
export const wholeSeconds = (at: Date): string => at.toISOString().replace(/\.\d+Z$/, 'Z')
