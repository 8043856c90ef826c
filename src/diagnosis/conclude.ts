import { createHash } from 'node:crypto'
import type { ErrorCode } from '../domain/errors.ts'
import type { WebhookRequest } from '../providers/provider.ts'
import type { Diagnosis } from './diagnosis.ts'
import type { Specimen } from './specimen.ts'
import { ageOf } from './time-findings.ts'
import { type StatedTime, claimsIn } from './times.ts'

interface Match {
  words: string[]
  changes: number
  time?: StatedTime | undefined
}

interface Evidence {
  verdict: { code: ErrorCode }
  /** The least changes first. */
  matches: readonly Match[]
  request: WebhookRequest
  specimen: Specimen | undefined
  now: number
}

const SHOWN = 5

/** What follows from all that was tried. */
export function concludeOn(evidence: Evidence): Pick<Diagnosis, 'wouldMatch' | 'conclusion'> {
  const { matches, now, verdict } = evidence
  const [best] = matches
  // What takes more mistakes than another explanation is hardly what happened.
  const likely = matches.filter(({ changes }) => changes <= (best?.changes ?? 0) + 1)
  const wouldMatch = [...new Set(likely.map((match) => sentenceOf(match, now)))].slice(0, SHOWN)
  if (best !== undefined)
    return {
      wouldMatch,
      conclusion: best.words.length === 0 ? ONLY_TIME : `Look here first: ${best.words.join(', and ')}.`,
    }
  return { wouldMatch, conclusion: CONCLUSIONS[verdict.code] ?? claimsConclusion(evidence) ?? NOTHING_MATCHES }
}

function sentenceOf({ words, time }: Match, now: number): string {
  const when =
    time === undefined
      ? ''
      : `${words.length === 0 ? '' : ', '}at the time that ${time.place} states, ${ageOf(now - time.at)}`
  return `It verifies ${words.length === 0 ? '' : `with ${words.join(', and ')}`}${when}.`
}

const ONLY_TIME =
  'The signature is right and the time is not: the request was kept too long, one of the clocks is wrong, or the file is old; then say when it came with --at.'

const NOTHING_MATCHES =
  'Nothing that was tried matches: the secret is another one, or the bytes are not those that were signed. Compare the secret with the provider’s, and capture the request before any proxy or framework reads it.'

const CONCLUSIONS: Partial<Record<ErrorCode, string>> = {
  missing_signature:
    'The request is not signed where it should be: was the secret entered at the provider, and does a proxy drop headers?',
  certificate_unavailable:
    'The sender’s certificate could not be read: this provider cannot be verified without its network.',
  malformed_body: 'The body cannot be read as what this provider sends.',
}

/** A token says what it covers: which of it does not hold? */
function claimsConclusion({ request, specimen }: Evidence): string | undefined {
  const claims = Object.values(request.headers)
    .map(claimsIn)
    .find((found) => found !== undefined)
  if (claims === undefined || specimen === undefined) return undefined
  const digest = (content: Buffer | string): string => createHash('sha256').update(content).digest('hex')
  const { payload_hash: payload, url_hash: url } = claims
  if (typeof payload === 'string' && payload !== digest(request.body)) {
    return 'The token states the hash of another body: the bytes were changed after signing.'
  }
  if (typeof url === 'string' && url !== digest(request.url)) {
    return `The token states the hash of another URL than ${withoutQuery(request.url)}: is POSTHORN_PUBLIC_URL what was entered at the provider?`
  }
  return undefined
}

const withoutQuery = (url: string): string => url.replace(/\?.*$/s, '')
