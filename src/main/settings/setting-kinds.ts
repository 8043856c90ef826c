import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** How a setting is written in the environment. */
export interface SettingKind<T> {
  /** Completes "NAME must be …". */
  readonly expects: string
  /** The value that `text` stands for; undefined when it stands for none. */
  parse(text: string): T | undefined
  /** How a value is shown to people, where it holds a secret. */
  mask?(text: string): string
}

const kind = <T>(expects: string, parse: (text: string) => T | undefined): SettingKind<T> => ({ expects, parse })

const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const UNITS_BYTES = { B: 1, KiB: 1024, MiB: 1024 ** 2 }

export const text = kind<string>('some text', (value) => value)

export const path = kind<string>('a path to a file', (value) => value)

export const flag = kind<boolean>('true or false', (value) =>
  value === 'true' ? true : value === 'false' ? false : undefined,
)

/** 0 lets the system choose a free one. */
export const port = kind<number>('a port from 0 to 65535', (value) => wholeNumber(value, 0, 65_535))

export const count = (min: number, max = 1_000_000): SettingKind<number> =>
  kind(`a whole number from ${min} to ${max}`, (value) => wholeNumber(value, min, max))

/** 32 bytes in Base64, as `openssl rand -base64 32` prints them. */
export const sealingKey: SettingKind<Buffer> = {
  ...kind('32 random bytes in Base64: `openssl rand -base64 32` makes them', (value) => {
    const key = Buffer.from(value, 'base64')
    return key.length === 32 && key.toString('base64') === value ? key : undefined
  }),
  mask: () => '****',
}

/** `500ms`, `10s`, `5m`, `1h`, `7d`; in milliseconds. The limits are written likewise. */
export function duration(shortest: string, longest: string): SettingKind<number> {
  const [min, max] = [measured(shortest, UNITS_MS) ?? 0, measured(longest, UNITS_MS) ?? Infinity]
  return kind(`a duration from ${shortest} to ${longest}, with its unit: 500ms, 10s, 5m, 1h or 7d`, (value) => {
    const ms = measured(value, UNITS_MS)
    return ms !== undefined && ms >= min && ms <= max ? ms : undefined
  })
}

/** `500B`, `64KiB`, `1MiB`; in bytes. */
export const size = (minBytes: number): SettingKind<number> =>
  kind(`a size of at least ${minBytes}B, with its unit: 500B, 64KiB or 8MiB`, (value) => {
    const bytes = measured(value, UNITS_BYTES)
    return bytes !== undefined && bytes >= minBytes ? bytes : undefined
  })

export const choice = <const T extends string>(...choices: readonly T[]): SettingKind<T> =>
  kind(`one of ${choices.join(', ')}`, (value) => choices.find((choice) => choice === value))

export const bindAddress = kind<string>('an IP address to listen on, or localhost', (value) =>
  value === 'localhost' || isIP(value) !== 0 ? value : undefined,
)

export const addressRanges = kind<readonly string[]>(
  'IP addresses or CIDR ranges with commas between them, for example 10.0.0.0/8,192.0.2.7',
  (value) => {
    const ranges = value.split(',').map((range) => range.trim())
    return ranges.every(isAddressRange) ? ranges : undefined
  },
)

export const httpUrl = kind<string>('a URL that begins with http:// or https://, without a path', (value) => {
  const url = parseUrl(value)
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) return undefined
  return url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '' ? url.origin : undefined
})

export const postgresUrl: SettingKind<string> = {
  ...kind('a Postgres URL, for example postgres://posthorn:password@localhost:5432/posthorn', (value) => {
    const url = parseUrl(value)
    return url !== undefined && ['postgres:', 'postgresql:'].includes(url.protocol) ? value : undefined
  }),
  mask: maskUrl,
}

/** The URL without its password, fit to be shown; a text that is no URL is not shown at all. */
export function maskUrl(value: string): string {
  const url = parseUrl(value)
  if (url === undefined) return '****'
  if (url.password !== '') url.password = '****'
  // libpq also takes the password, and the key's passphrase, as parameters.
  for (const name of ['password', 'sslpassword']) if (url.searchParams.has(name)) url.searchParams.set(name, '****')
  return url.href
}

/** Whether `range` is an IP address or a CIDR range. */
export const isAddressRange = (range: string): boolean => isIP(range) !== 0 || ipaddr.isValidCIDR(range)

function wholeNumber(value: string, min: number, max: number): number | undefined {
  const number = /^\d{1,15}$/.test(value) ? Number(value) : NaN
  return number >= min && number <= max ? number : undefined
}

function measured(value: string, units: Readonly<Record<string, number>>): number | undefined {
  const match = /^(\d{1,12})([A-Za-z]+)$/.exec(value)
  const unit = units[match?.[2] ?? '']
  return match === null || unit === undefined ? undefined : Number(match[1]) * unit
}

function parseUrl(value: string): URL | undefined {
  return URL.canParse(value) ? new URL(value) : undefined
}
