/** A provider's API answered with something other than what was asked for, or not at all. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** The HTTP status; undefined when no answer came. */
  readonly status: number | undefined
  /** How long the provider asks us to wait, in ms. */
  readonly retryAfterMs: number | undefined

  constructor(message: string, options: { status?: number; retryAfterMs?: number; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.status = options.status
    this.retryAfterMs = options.retryAfterMs
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
   * POST below the base URL, for what asks the provider to send again and for queries that are no GET. Never redirected.
   * @throws ApiError
   */
  post(path: string, json?: unknown, headers?: Readonly<Record<string, string>>): Promise<ApiAnswer>
}

/** As much of an API as reading takes. */
export type ReadableApi = Pick<ProviderApi, 'get'>

export interface ProviderApiOptions {
  baseUrl: string
  headers: Readonly<Record<string, string>>
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
    const headers = { ...options.headers, ...init.headers }
    const response = await request(
      url,
      { method, headers, ...(init.body !== undefined && { body: init.body }) },
      timeoutMs,
    )
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
    post: (path, json, headers) =>
      call('POST', path, {
        headers: { ...(json !== undefined && { 'content-type': 'application/json' }), ...headers },
        ...(json !== undefined && { body: JSON.stringify(json) }),
      }),
  }
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
    const text = await readBounded(response)
    return text === '' ? undefined : JSON.parse(text)
  } catch (cause) {
    throw new ApiError(`${url.host}${url.pathname} gave no answer that can be read as JSON`, { cause })
  }
}

async function readBounded(response: Response): Promise<string> {
  if (response.body === null) return ''
  const stream: AsyncIterable<Uint8Array> = response.body
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream) {
    size += chunk.byteLength
    if (size > MAX_ANSWER_BYTES) throw new Error(`the answer is larger than ${MAX_ANSWER_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Nobody means more by it, and an absurd figure must not park an event for years. */
const MAX_WAIT_MS = 24 * 3600 * 1000

/**
 * `Retry-After` in seconds or as an HTTP date (RFC 9110, 10.2.3), as ms from `nowMs`, a day at most; undefined when
 * absent or unreadable.
 */
export function parseRetryAfter(value: string | null, nowMs: number): number | undefined {
  if (value === null) return undefined
  if (/^\d+$/.test(value)) return wait(Number(value) * 1000)
  // Every HTTP date begins with a day's name; without one Date.parse makes a date of almost anything.
  return /^[A-Z][a-z]{2}/.test(value) ? wait(Date.parse(value) - nowMs) : undefined
}

/**
 * An exhausted budget that names the end of its window in Unix seconds, as GitHub does along with a plain 403; in ms
 * from `nowMs`.
 */
function untilReset(headers: Headers, nowMs: number): number | undefined {
  const reset = headers.get('x-ratelimit-reset')
  if (headers.get('x-ratelimit-remaining') !== '0' || reset === null || !/^\d+$/.test(reset)) return undefined
  return wait(Number(reset) * 1000 - nowMs)
}

const wait = (ms: number): number | undefined => (Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), MAX_WAIT_MS))
