import type { WebhookRequest } from '../providers/provider.ts'

/** A time that a request states, and where. */
export interface StatedTime {
  place: string
  /** Unix seconds. */
  at: number
  /** As it was written. */
  text: string
}

/** The place of times that stand in no header. */
export const BODY = 'the body'

const MAX_PER_PLACE = 4
/** The years between 2010 and 2100: other numbers are none. */
const [EARLIEST, LATEST] = [1_262_304_000, 4_102_444_800]

/** Times that a sender may have stated: in headers, in the claims of a token, at the top of the body. Best first. */
export function statedTimes({ headers, body }: Pick<WebhookRequest, 'headers' | 'body'>): StatedTime[] {
  const inHeaders = Object.entries(headers)
    .filter(([name]) => !/^(date|if-|last-modified|content-length|cookie)/.test(name))
    .flatMap(([name, value]) => [...timesIn(name, value), ...timesInToken(name, value)])
  return [...inHeaders, ...timesIn(BODY, body.toString('latin1', 0, 64 * 1024))]
}

function timesIn(place: string, text: string): StatedTime[] {
  const written =
    text.match(/(?<![\w.])\d{10}(\d{3})?(?![\w])|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/g) ?? []
  return written
    .map((one) => ({ place, at: secondsOf(one), text: one }))
    .filter(({ at }) => at > EARLIEST && at < LATEST)
    .slice(0, MAX_PER_PLACE)
}

function secondsOf(text: string): number {
  if (text.includes('T')) return Math.floor(Date.parse(text) / 1000)
  return text.length === 13 ? Math.floor(Number(text) / 1000) : Number(text)
}

function timesInToken(place: string, value: string): StatedTime[] {
  const claims = claimsIn(value)
  return ['iat', 'nbf', 'exp'].flatMap((name) => {
    const at = claims?.[name]
    return typeof at === 'number' ? [{ place: `${place}, claim ${name}`, at, text: String(at) }] : []
  })
}

/** The claims of a JWT in a header, unproven. */
export function claimsIn(value: string): Record<string, unknown> | undefined {
  const [, payload] = /(?:^|\s)[\w-]+\.([\w-]+)\.[\w-]+$/.exec(value) ?? []
  if (payload === undefined) return undefined
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString())
    return typeof claims === 'object' && claims !== null ? (claims as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
