import type { Provider } from '../providers/provider.ts'
import { shapeOf } from './shape.ts'

export interface SecretShape {
  /** How it is written; never what it is. */
  shape: string
  /** What is wrong with it, as sentences. */
  doubts: string[]
}

/** What can be said of a secret without saying it. */
export function describeSecret(secret: string, { checkSecret, name }: Provider): SecretShape {
  const doubts = [...WRAPPINGS.flatMap(([pattern, sentence]) => (pattern.test(secret) ? [sentence] : []))]
  const doubt = secret === secret.trim() ? checkSecret?.(secret) : undefined
  if (doubt !== undefined) doubts.push(`For ${name}: ${doubt}`)
  const [, prefix] = /^([a-z]{2,8}_)/.exec(secret) ?? []
  const rest = prefix === undefined ? secret : secret.slice(prefix.length)
  return { shape: `${prefix === undefined ? '' : `${prefix} and `}${secretForm(rest)}`, doubts }
}

const WRAPPINGS: readonly (readonly [RegExp, string])[] = [
  [/\s$/, 'It ends in white space, which is a part of the key: a copied line end does that.'],
  [/^\s/, 'It begins with white space, which is a part of the key.'],
  [/^(['"]).*\1$/s, 'It stands in quotes, which are a part of the key.'],
  [/^\uFEFF/, 'It begins with a byte order mark, which is a part of the key.'],
  [/%[0-9A-Fa-f]{2}/, 'It looks percent-encoded.'],
]

/** A text of letters and digits may be base64 by chance: only hex and what has its marks is called by name. */
function secretForm(text: string): string {
  const bare = text.trim()
  if (/^\d+$/.test(bare)) return `${bare.length} digits`
  const shape = shapeOf(bare)
  return shape.startsWith('base64') && !/[+/=]/.test(bare) ? `${bare.length} characters` : shape
}
