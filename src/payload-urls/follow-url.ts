import { type IncomingMessage, request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { parseRetryAfter } from '../domain/retry-after.ts'
import { UNREACHABLE_HOST } from '../domain/unreachable-host.ts'
import type { FetchUrlOptions } from '../kit/fetch-url.ts'
import { ApiError } from '../providers/api.ts'
import { type UrlRules, permittedUrl } from './permitted-url.ts'
import { checkedLookup } from './public-address.ts'

const MAX_REDIRECTS = 3
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

export interface Answer {
  url: URL
  response: IncomingMessage
}

export interface Sending {
  rules: UrlRules
  /** Goes to the URL and where it redirects to, which is of the same origin. */
  credential: Readonly<Record<string, string>>
  options: FetchUrlOptions
  signal: AbortSignal
}

/**
 * The answer of a URL, redirected within its origin at most.
 * @throws ApiError for what is no success, or no answer.
 * @throws ApplicationFailure for good, `url_…`, when the URL is not permitted.
 */
export async function followUrl(text: string, sending: Sending): Promise<Answer> {
  let target = text
  for (let hops = 0; ; hops += 1) {
    const answer = await send(target, sending)
    const { statusCode: status = 0 } = answer.response
    if (status >= 200 && status < 300) return answer
    answer.response.destroy()
    if (!isRedirect(status)) throw refusal(answer, status)
    const next = redirectOf(answer)
    if (next?.origin !== answer.url.origin || hops === MAX_REDIRECTS || sending.options.method === 'POST')
      throw new ApiError(`${answer.url.host} redirects to ${next?.host ?? 'nowhere'}`, { status })
    target = next.href
  }
}

export const isRedirect = (status: number): boolean => REDIRECTS.has(status)

function redirectOf({ url, response }: Answer): URL | undefined {
  const { location } = response.headers
  return location !== undefined && URL.canParse(location, url.href) ? new URL(location, url) : undefined
}

function refusal({ url, response }: Answer, status: number): ApiError {
  const retryAfterMs = parseRetryAfter(response.headers['retry-after'] ?? null, Date.now())
  return new ApiError(`${url.host} answered ${status}`, { status, ...(retryAfterMs !== undefined && { retryAfterMs }) })
}

function send(text: string, { rules, credential, options, signal }: Sending): Promise<Answer> {
  // The rules are asked for every URL on the way.
  const { url, addresses } = permittedUrl(text, rules)
  const body = options.json === undefined ? undefined : JSON.stringify(options.json)
  const headers = {
    'user-agent': 'posthorn',
    ...credential,
    ...(body !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
  }
  const start = url.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    // A connection of its own: one that is kept open was checked for another request.
    const request = start(url, {
      ...{ method: options.method ?? 'GET', headers, signal, agent: false, lookup: checkedLookup(addresses) },
    })
    request.once('error', (error) => reject(isSilence(error) ? noAnswer(url, error) : error))
    request.once('response', (response) => resolve({ url, response }))
    request.end(body)
  })
}

/** The host is away, or said nothing in time. A certificate that nobody trusts is another matter. */
const isSilence = ({ code = '' }: NodeJS.ErrnoException): boolean => code === 'ABORT_ERR' || code in UNREACHABLE_HOST

const noAnswer = ({ host }: URL, cause: Error): ApiError => new ApiError(`${host} gave no answer`, { cause })
