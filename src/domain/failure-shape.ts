/** How a run failed, as far as failures can be alike. */
export interface Failure {
  handler: string
  code: string
  message: string
}

/** Beyond this, messages hold dumps of what was at hand, and no more of what went wrong. */
const MAX_MESSAGE = 500

/** What differs from one failure to the next of the same kind, and what stands in its place. */
const VARYING: readonly (readonly [RegExp, string])[] = [
  [/\bhttps?:\/\/([^\s/?#"'`]+)[^\s"'`]*/g, '$1'],
  [/"[^"]*"|`[^`]*`|“[^”]*”|(?<!\w)'[^']*'(?!\w)/g, '?'],
  // Numbers, times and IDs: whatever has a digit in it, or is too long for a word.
  [/\b[\w-]*\d[\w-]*|\b\w{25,}/g, '?'],
  [/\?(?:[.,:/+-]*\?)+/g, '?'],
  [/\s+/g, ' '],
]

/**
 * What is the same in all failures of one kind: handler, code, and the message without numbers, IDs, quotations and paths of URLs.
 * Fingerprints are made of it, so a change here gives all dead letters to come new ones.
 */
export function failureShape({ handler, code, message }: Failure): string {
  const words = VARYING.reduce(
    (text, [pattern, replacement]) => text.replace(pattern, replacement),
    message.slice(0, MAX_MESSAGE),
  )
  return [handler, code, words.trim()].join('\n')
}
