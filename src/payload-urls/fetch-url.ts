import type { IncomingMessage } from 'node:http'
import { Transform, pipeline } from 'node:stream'
import { purposeOf } from '../domain/call-purpose.ts'
import type { EventRef } from '../domain/event.ts'
import { permanent } from '../kit/failures.ts'
import type { FetchUrl, FetchUrlOptions, FetchedUrl } from '../kit/fetch-url.ts'
import type { ProviderAccess } from '../provider-access/provider-access.ts'
import { ApiError } from '../providers/api.ts'
import type { Source } from '../providers/source.ts'
import { type Answer, followUrl, isRedirect } from './follow-url.ts'
import { permittedUrl, urlRulesOf } from './permitted-url.ts'

const TIMEOUT_MS = 60_000
/** A file that is announced and not there yet. */
const NOT_READY: ReadonlySet<number> = new Set([404, 409])

/** Nothing is there yet: the URL may be ready at another try. */
export class UrlNotReady extends Error {
  override readonly name = 'UrlNotReady'
}

export interface FetchUrlParts {
  sources: ReadonlyMap<string, Source>
  access: Pick<ProviderAccess, 'call'>
  isProduction: boolean
}

/** Makes what activities fetch URLs of payloads by. */
export function createFetchUrl({ sources, access, isProduction }: FetchUrlParts): FetchUrl {
  return async (event, text, options) => {
    const source = sourceOf(sources, event)
    const rules = urlRulesOf(source, isProduction)
    const credential = credentialFor(permittedUrl(text, rules).url, source)
    const signal = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS)
    const follow = () => followUrl(text, { rules, credential: credential ?? {}, options, signal })
    try {
      // With the token it is a call of the provider's API like any other.
      const answer = await (credential === undefined ? follow() : access.call(source, purposeOf(event), follow))
      return accept(answer, options)
    } catch (error) {
      throw error instanceof ApiError && !error.isOutage ? refused(error, options) : error
    }
  }
}

function sourceOf(sources: ReadonlyMap<string, Source>, { source: id }: EventRef): Source {
  const source = sources.get(id)
  if (source === undefined) throw new Error(`Source "${id}" is not configured here`)
  return source
}

/** The token that reads the provider's API, where the URL is one of that API. */
function credentialFor(url: URL, { api, provider }: Source): Readonly<Record<string, string>> | undefined {
  if (api === undefined || 'view' in provider.canonical || provider.canonical.exchange !== undefined) return undefined
  return new URL(api.baseUrl).origin === url.origin ? provider.canonical.authorize(api.token) : undefined
}

function refused({ message, status = 0 }: ApiError, { method }: FetchUrlOptions): Error {
  if (isRedirect(status)) return permanent('url_redirected', message)
  if (method !== 'POST' && NOT_READY.has(status)) return new UrlNotReady(message)
  return permanent(`url_refused_${status}`, message)
}

function accept({ url, response }: Answer, options: FetchUrlOptions): FetchedUrl {
  const { statusCode: status = 0, headers } = response
  if (Number(headers['content-length'] ?? 0) > options.maxBytes) {
    response.destroy()
    throw tooLarge(url, options)
  }
  return { status, contentType: headers['content-type'], body: bounded(url, response, options) }
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
