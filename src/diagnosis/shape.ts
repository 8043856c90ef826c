/** How a text is written, in words that tell nothing of what it says. */
export function shapeOf(text: string): string {
  if (text === '') return 'nothing'
  if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(text) && text.length > 40) return 'a JWT'
  const [, scheme, rest = ''] = /^(Bearer|Basic) (.+)$/i.exec(text) ?? []
  if (scheme !== undefined) return `${scheme} and ${shapeOf(rest)}`
  const parts = text.split(/(?<=[,; ]) *(?=\S)/)
  if (parts.length > 1 && parts.length < 6) return parts.map(shapeOf).join(', ')
  const [, prefix = '', value = ''] = /^([A-Za-z][\w-]{0,11}[=,:_]|)(.*?)[,;]?$/s.exec(text) ?? []
  return prefix === '' ? plainShape(value) : `${prefix} and ${plainShape(value)}`
}

const BYTES: ReadonlyMap<number, string> = new Map([
  [16, 'as MD5 has'],
  [20, 'as SHA-1 has'],
  [32, 'as SHA-256 has'],
  [48, 'as SHA-384 has'],
  [64, 'as SHA-512 and Ed25519 have'],
])

function plainShape(text: string): string {
  if (text === '') return 'nothing'
  if (/^\d{10}$/.test(text)) return 'Unix seconds'
  if (/^\d{13}$/.test(text)) return 'Unix milliseconds'
  if (/^[0-9a-f]+$/.test(text)) return hex(text, 'hex digits')
  if (/^[0-9A-F]+$/i.test(text)) return hex(text, 'hex digits, some of them capital')
  if (/^[\w+/-]+={0,2}$/.test(text) && text.length % 4 === 0) {
    const { length } = Buffer.from(text, 'base64')
    return `base64 of ${length} bytes${known(length)}`
  }
  return `${text.length} characters`
}

const hex = (text: string, what: string): string =>
  `${text.length} ${what}${text.length % 2 === 0 ? known(text.length / 2) : ''}`

function known(bytes: number): string {
  const name = BYTES.get(bytes)
  return name === undefined ? '' : `, ${name}`
}
