/** Postgres text holds neither NUL nor half a surrogate pair; one such string would fail its whole flush. */
export const isStorableText = (text: string): boolean => !text.includes('\0') && text.isWellFormed()

/** Deeper, Postgres runs out of stack, and so do we. */
const MAX_DEPTH = 100

/** The same for all texts and names of a JSON value. */
export function isStorableJson(value: unknown, depth = 0): boolean {
  if (typeof value === 'string') return isStorableText(value)
  if (typeof value !== 'object' || value === null) return true
  if (depth === MAX_DEPTH) return false
  return Object.entries(value).every(([name, inner]) => isStorableText(name) && isStorableJson(inner, depth + 1))
}

/** For texts that people read: what cannot be stored is replaced, what is too long is cut. */
export const toStorableText = (text: string, maxLength: number): string =>
  text.toWellFormed().replaceAll('\0', '\ufffd').slice(0, maxLength).toWellFormed()
