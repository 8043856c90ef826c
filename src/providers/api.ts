import { parseRetryAfter, permittedWait } from '../domain/retry-after.ts'

/** A provider's API answered with something other than what was asked for, or not at all. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** The HTTP status, or the one that says best what is wrong with an answer that came; undefined when none came. */
  readonly status: number | undefined
  /** How long the provider asks us to wait, in ms. */
  readonly retryAfterMs: number | undefined
  /** Stable: dead letters are grouped by it. */
  readonly code: string

  constructor(
    message: string,
    options: { status?: number; retryAfterMs?: number; code?: string; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause })
    this.status = options.status
    this.retryAfterMs = options.retryAfterMs
    this.code = options.code ?? codeOf(options.status)
  }

  /** The provider is down, slow or limiting us: nothing about the event is wrong. */
  get isOutage(): boolean {
    return (
      this.status === undefined ||
      this.status >= 500 ||
      [408, 425, 429].includes(this.status) ||
      this.retryAfterMs !== undefined
    )
  }
}

function codeOf(status: number | undefined): string {
  if (status === undefined) return 'provider_unreachable'
  if (status === 429) return 'provider_rate_limited'
  return status >= 500 ? 'provider_error' : `provider_refused_${status}`
}

/** A success, or "there is no such thing" (404, 410): every other answer is thrown as an `ApiError`. */
export interface ApiAnswer {
  status: number
  headers: Headers
  /** Parsed JSON; undefined for an empty body. */
  json: unknown
}

/** Reads from one provider's API with one source's credential. */
export interface ProviderApi {
  /**
   * GET below the base URL, with `headers` beside those of the credential. 404 and 410 are answers; every other failure
   * throws.
   * @throws ApiError
   */
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<ApiAnswer>
  /**
   * POST below the base URL, for what asks the provider to send again and for queries that are no GET. Never redirected. `body` is
   * written as JSON, or as the form that it is.
   * @throws ApiError
   */
  post(path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<ApiAnswer>
}

/** As much of an API as reading takes. */
export type ReadableApi = Pick<ProviderApi, 'get'>

export type ApiHeaders = Readonly<Record<string, string>>

export interface ProviderApiOptions {
  baseUrl: string
  /** What every call carries. A credential that expires is asked for each time, and to be renewed where it was refused. */
  headers: ApiHeaders | ((credential: { renew: boolean }) => Promise<ApiHeaders>)
  /** Default 10 s, below the activity's own limit. */
  timeoutMs?: number
}

const MAX_ANSWER_BYTES = 10 * 1024 * 1024
const MAX_REDIRECTS = 3

export function createProviderApi(options: ProviderApiOptions): ProviderApi {
  const timeoutMs = options.timeoutMs ?? 10_000
  const base = options.baseUrl.replace(/\/$/, '')
  async function call(
    method: 'GET' | 'POST',
    path: string,
    init: { headers?: object; body?: string },
  ): Promise<ApiAnswer> {
    const url = new URL(base + path)
    const send = async (renew: boolean): Promise<Response> => {
      const credential = typeof options.headers === 'function' ? await options.headers({ renew }) : options.headers
      const headers = { ...credential, ...init.headers }
      return request(url, { method, headers, ...(init.body !== undefined && { body: init.body }) }, timeoutMs)
    }
    let response = await send(false)
    if (response.status === 401 && typeof options.headers === 'function') {
      await response.body?.cancel()
      response = await send(true)
    }
    if (response.status === 404 || response.status === 410) {
      await response.body?.cancel()
      return { status: response.status, headers: response.headers, json: undefined }
    }
    if (!response.ok) {
      await response.body?.cancel()
      throw refusal(url, method, response)
    }
    return { status: response.status, headers: response.headers, json: await readJson(url, response) }
  }
  return {
    get: (path, headers) => call('GET', path, { ...(headers && { headers }) }),
    post: (path, body, headers) => {
      const { type, text } = written(body)
      return call('POST', path, {
        headers: { ...(type !== undefined && { 'content-type': type }), ...headers },
        ...(text !== undefined && { body: text }),
      })
    },
  }
}

function written(body: unknown): { type?: string; text?: string } {
  if (body === undefined) return {}
  if (body instanceof URLSearchParams) return { type: 'application/x-www-form-urlencoded', text: body.toString() }
  return { type: 'application/json', text: JSON.stringify(body) }
}

interface ApiRequest {
  method: 'GET' | 'POST'
  headers: Readonly<Record<string, string>>
  body?: string
}

async function request(url: URL, { headers, ...rest }: ApiRequest, timeoutMs: number): Promise<Response> {
  const init: RequestInit = {
    ...rest,
    headers: { accept: 'application/json', 'user-agent': 'posthorn', ...headers },
    redirect: 'manual',
    signal: AbortSignal.timeout(timeoutMs),
  }
  try {
    let response = await fetch(url, init)
    for (let hops = 0; rest.method === 'GET' && hops < MAX_REDIRECTS; hops++) {
      const target = redirectWithin(url.origin, response)
      if (target === undefined) break
      await response.body?.cancel()
      response = await fetch(target, init)
    }
    return response
  } catch (cause) {
    throw new ApiError(`${rest.method} ${url.host}${url.pathname} got no answer`, { cause })
  }
}

/**
 * Where to go on, for what was renamed. Never to another origin: that would carry the credential to a host nobody
 * configured.
 */
function redirectWithin(origin: string, response: Response): URL | undefined {
  const location = response.headers.get('location')
  if (![301, 302, 307, 308].includes(response.status) || location === null) return undefined
  if (!URL.canParse(location, response.url)) return undefined
  const target = new URL(location, response.url)
  return target.origin === origin ? target : undefined
}

function refusal(url: URL, method: string, response: Response): ApiError {
  const retryAfterMs =
    parseRetryAfter(response.headers.get('retry-after'), Date.now()) ?? untilReset(response.headers, Date.now())
  return new ApiError(`${method} ${url.host}${url.pathname} answered ${response.status}`, {
    status: response.status,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  })
}

async function readJson(url: URL, response: Response): Promise<unknown> {
  try {
    const text = await readBounded(url, response)
    return text === '' ? undefined : JSON.parse(text)
  } catch (cause) {
    if (cause instanceof ApiError) throw cause
    throw new ApiError(`${url.host}${url.pathname} gave no answer that can be read as JSON`, { cause })
  }
}

/** Too large is no outage: the same call has the same answer the next time. */
async function readBounded(url: URL, response: Response): Promise<string> {
  if (response.body === null) return ''
  const stream: AsyncIterable<Uint8Array> = response.body
  const decoder = new TextDecoder()
  let text = ''
  let size = 0
  for await (const chunk of stream) {
    size += chunk.byteLength
    if (size > MAX_ANSWER_BYTES) {
      const message = `${url.host}${url.pathname} gave an answer larger than ${MAX_ANSWER_BYTES} bytes`
      throw new ApiError(message, { status: 413, code: 'provider_answer_too_large' })
    }
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

/** GitHub has one budget; Linear counts requests and their complexity apart; Buildkite and GitLab write no prefix. */
const BUDGETS = ['x-ratelimit-', 'x-ratelimit-requests-', 'x-ratelimit-complexity-', 'ratelimit-']

/** Below it seconds are a time to wait, as Buildkite writes it, and not a moment: as one it would be the year 2001. */
const LEAST_MOMENT = 1e9
/** Unix time counts in ms beyond it, and not in seconds: as seconds it would be the year 5138. */
const MOST_SECONDS = 1e11

/** An exhausted budget that names the end of its window, along with a plain 4xx; in ms from `nowMs`. */
function untilReset(headers: Headers, nowMs: number): number | undefined {
  const spent = BUDGETS.find((budget) => headers.get(`${budget}remaining`) === '0')
  const reset = spent === undefined ? null : headers.get(`${spent}reset`)
  if (reset === null || !/^\d+$/.test(reset)) return undefined
  const time = Number(reset)
  if (time < LEAST_MOMENT) return permittedWait(time * 1000)
  return permittedWait((time > MOST_SECONDS ? time : time * 1000) - nowMs)
}
