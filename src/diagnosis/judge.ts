import { VerificationError, type ErrorCode } from '../domain/errors.ts'
import type { Provider, WebhookRequest } from '../providers/provider.ts'
import { type Reading, bodyReadings, secretReadings, urlReadings } from './readings.ts'
import type { StatedTime } from './times.ts'

export type Verdict = { secretIndex: number } | { code: ErrorCode; message: string }

/** What the provider itself says of a request at a time, in Unix seconds. */
export async function judge(
  provider: Provider,
  request: WebhookRequest,
  secrets: readonly string[],
  at: number,
): Promise<Verdict> {
  try {
    return await provider.verify(request, secrets, at)
  } catch (error) {
    if (error instanceof VerificationError) return { code: error.code, message: error.message }
    throw error
  }
}

export const isGood = (verdict: Verdict): verdict is { secretIndex: number } => 'secretIndex' in verdict

/** Headers without which the provider takes a request of its own making for unproven. */
export async function neededHeaders(
  provider: Provider,
  request: WebhookRequest,
  secrets: readonly string[],
  at: number,
): Promise<string[]> {
  const needed: string[] = []
  for (const name of Object.keys(request.headers)) {
    const { [name]: _, ...headers } = request.headers
    if (!isGood(await judge(provider, { ...request, headers }, secrets, at))) needed.push(name)
  }
  return needed
}

/** What would have to be otherwise for the provider to accept a request. */
export interface Variation {
  /** Each completes "It verifies with …". */
  words: string[]
  /** The time at which it was judged, where that is not the time at hand. */
  time?: StatedTime
}

export interface Variations {
  found: Variation[]
  tried: number
}

/** A public-key signature takes a tenth of a millisecond. */
const MOST_TRIES = 4_000

/**
 * Asks the provider about the request with another body, secret or URL, also two of them at once, now and at the times that it states.
 * Finds those that take the fewest changes.
 */
export async function searchVariations(
  provider: Provider,
  request: WebhookRequest,
  { secrets, at, times }: { secrets: readonly string[]; at: number; times: readonly StatedTime[] },
): Promise<Variations> {
  const combinations = combine(request, secrets)
  const moments: (StatedTime | undefined)[] = [undefined, ...times]
  let tried = 0
  for (const changes of [0, 1, 2]) {
    const found: Variation[] = []
    for (const { words, body, url, secret } of combinations.filter((one) => one.words.length === changes)) {
      for (const time of moments) {
        if ((tried += 1) > MOST_TRIES) return { found, tried }
        const verdict = await judge(provider, { ...request, body, url }, [secret], time?.at ?? at)
        if (!isGood(verdict)) continue
        found.push({ words, ...(time !== undefined && { time }) })
        break
      }
    }
    if (found.length > 0) return { found, tried }
  }
  return { found: [], tried }
}

interface Combination {
  words: string[]
  body: Buffer
  url: string
  secret: string
}

function combine(request: WebhookRequest, secrets: readonly string[]): Combination[] {
  const wordsOf = (...readings: Reading<unknown>[]): string[] => readings.flatMap(({ words }) => words ?? [])
  return secrets.flatMap(secretReadings).flatMap((secret) =>
    bodyReadings(request.body).flatMap((body) =>
      urlReadings(request.url, request.headers['host']).map((url) => ({
        words: wordsOf(secret, body, url),
        body: body.value,
        url: url.value,
        secret: secret.value,
      })),
    ),
  )
}
