import { type IncomingMessage, request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { Transform, pipeline } from 'node:stream'
import type { EventRef } from '../domain/event.ts'
import { permanent } from '../kit/failures.ts'
import type { FetchUrl, FetchUrlOptions, FetchedUrl } from '../kit/fetch-url.ts'
import { ApiError, parseRetryAfter } from '../providers/api.ts'
import type { Source } from '../providers/source.ts'
import { type UrlRules, permittedUrl, urlRulesOf } from './permitted-url.ts'
import { checkedLookup } from './public-address.ts'

const TIMEOUT_MS = 60_000
const MAX_REDIRECTS = 3
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])
/** A file that is announced and not there yet. */
const NOT_READY: ReadonlySet<number> = new Set([404, 409])

/** Nothing is there yet: the URL may be ready at another try. */
export class UrlNotReady extends Error {
  override readonly name = 'UrlNotReady'
}

export interface FetchUrlParts {
  sources: ReadonlyMap<string, Source>
  isProduction: boolean
}

/** Makes what activities fetch URLs of payloads by. */
export function createFetchUrl({ sources, isProduction }: FetchUrlParts): FetchUrl {
  return async (event, text, options) => {
    const source = sourceOf(sources, event)
    const rules = urlRulesOf(source, isProduction)
    const signal = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS)
    let target = text
    for (let hops = 0; ; hops += 1) {
      const answer = await send(target, { rules, source, options, signal })
      const next = redirectOf(answer, { isGet: options.method !== 'POST', hops })
      if (next === undefined) return accept(answer, options)
      answer.response.destroy()
      target = next
    }
  }
}

function sourceOf(sources: ReadonlyMap<string, Source>, { source: id }: EventRef): Source {
  const source = sources.get(id)
  if (source === undefined) throw new Error(`Source "${id}" is not configured here`)
  return source
}

interface Answer {
  url: URL
  response: IncomingMessage
}

interface Sending {
  rules: UrlRules
  source: Source
  options: FetchUrlOptions
  signal: AbortSignal
}

function send(text: string, { rules, source, options, signal }: Sending): Promise<Answer> {
  const { url, addresses } = permittedUrl(text, rules)
  const body = options.json === undefined ? undefined : JSON.stringify(options.json)
  const headers = {
    'user-agent': 'posthorn',
    ...credentialFor(url, source),
    ...(body !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
  }
  const start = url.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    // A connection of its own: one that is kept open was checked for another request.
    const request = start(url, {
      ...{ method: options.method ?? 'GET', headers, signal, agent: false, lookup: checkedLookup(addresses) },
    })
    request.once('error', reject)
    request.once('response', (response) => resolve({ url, response }))
    request.end(body)
  })
}

/** The token that reads the provider's API, where the URL is one of that API. */
function credentialFor(url: URL, { api, provider }: Source): Record<string, string> {
  if (api === undefined || 'view' in provider.canonical || provider.canonical.exchange !== undefined) return {}
  return new URL(api.baseUrl).origin === url.origin ? provider.canonical.authorize(api.token) : {}
}

/**
 * Where to go on. The rules are asked again for it.
 * @throws ApplicationFailure `url_redirected`, for good, when it leads to another host, or on and on.
 */
function redirectOf({ url, response }: Answer, { isGet, hops }: { isGet: boolean; hops: number }): string | undefined {
  const { statusCode = 0, headers } = response
  if (!REDIRECTS.has(statusCode)) return undefined
  const { location } = headers
  const target = location !== undefined && URL.canParse(location, url.href) ? new URL(location, url) : undefined
  if (target?.origin === url.origin && hops < MAX_REDIRECTS && isGet) return target.href
  response.destroy()
  throw permanent('url_redirected', `${url.host} redirects to ${target?.host ?? 'nowhere'}`)
}

function accept({ url, response }: Answer, options: FetchUrlOptions): FetchedUrl {
  const { statusCode: status = 0, headers } = response
  try {
    assertSuccess(url, response, options)
    if (Number(headers['content-length'] ?? 0) > options.maxBytes) throw tooLarge(url, options)
  } catch (error) {
    response.destroy()
    throw error
  }
  return { status, contentType: headers['content-type'], body: bounded(url, response, options) }
}

function assertSuccess(
  { host }: URL,
  { statusCode: status = 0, headers }: IncomingMessage,
  { method }: FetchUrlOptions,
) {
  if (status >= 200 && status < 300) return
  const message = `${host} answered ${status}`
  const retryAfterMs = parseRetryAfter(headers['retry-after'] ?? null, Date.now())
  const outage = new ApiError(message, { status, ...(retryAfterMs !== undefined && { retryAfterMs }) })
  if (outage.isOutage) throw outage
  if (method !== 'POST' && NOT_READY.has(status)) throw new UrlNotReady(message)
  throw permanent(`url_refused_${status}`, message)
}

const tooLarge = ({ host }: URL, { maxBytes }: FetchUrlOptions) =>
  permanent('url_too_large', `What ${host} answers is larger than ${maxBytes} bytes`)

/** What a sender says of its length is no promise: bytes are counted as they pass. */
function bounded(url: URL, response: IncomingMessage, options: FetchUrlOptions): Transform {
  let bytes = 0
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      if (bytes > options.maxBytes) done(tooLarge(url, options))
      else done(null, chunk)
    },
  })
  // Errors reach whoever reads `counted`.
  pipeline(response, counted, () => undefined)
  return counted
}
