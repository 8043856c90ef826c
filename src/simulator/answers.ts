import type { Thing } from './entity-world.ts'
import type { ApiReply } from './world.ts'

/** Answers of APIs. */
export const ok = (body: unknown, headers?: Readonly<Record<string, string>>): ApiReply => ({
  status: 200,
  body,
  ...(headers && { headers }),
})

type Handler = (...groups: string[]) => ApiReply | undefined

/** The answer of the first route whose pattern is the whole path; its groups are handed over, decoded. */
export function route(
  { pathname }: URL,
  routes: readonly (readonly [pattern: RegExp, handler: Handler])[],
): ApiReply | undefined {
  for (const [pattern, handler] of routes) {
    const match = new RegExp(`^${pattern.source}$`).exec(pathname)
    if (match !== null) return handler(...match.slice(1).map((group) => decodeURIComponent(group)))
  }
  return undefined
}

/** The fields of a thing, or nothing where there is none. */
export const shown = (
  thing: Thing | undefined,
  wrap: (fields: Thing['fields']) => unknown = (fields) => fields,
): ApiReply | undefined => thing && ok(wrap(thing.fields))

export interface Page<T> {
  items: T[]
  /** Where the next page begins; undefined on the last one. */
  next: number | undefined
}

export function pageOf<T>(all: readonly T[], start: number, size: number): Page<T> {
  const end = start + size
  return { items: all.slice(start, end), next: end < all.length ? end : undefined }
}

/** A number of a query, no larger than `most`. */
export function numberIn(query: URLSearchParams, name: string, otherwise: number, most = Infinity): number {
  const value = Number(query.get(name) ?? otherwise)
  return Number.isFinite(value) ? Math.min(value, most) : otherwise
}

export const fieldsOf = (things: readonly Thing[]): Thing['fields'][] => things.map(({ fields }) => fields)
