/** Postgres text holds neither NUL nor half a surrogate pair; one such string would fail its whole flush. */
export const isStorableText = (text: string): boolean => !text.includes('\0') && text.isWellFormed()

/** For texts that people read: what cannot be stored is replaced, what is too long is cut. */
export const toStorableText = (text: string, maxLength: number): string =>
  text.toWellFormed().replaceAll('\0', '\ufffd').slice(0, maxLength).toWellFormed()
