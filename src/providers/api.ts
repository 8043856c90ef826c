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
   * GET below the base URL. 404 and 410 are answers; every other failure throws.
   * @throws ApiError
   */
  get(path: string): Promise<ApiAnswer>
}

export interface ProviderApiOptions {
  baseUrl: string
  headers: Readonly<Record<string, string>>
  /** Default 10 s, below the activity's own limit. */
  timeoutMs?: number
}

const MAX_ANSWER_BYTES = 10 * 1024 * 1024

export function createProviderApi(options: ProviderApiOptions): ProviderApi {
  const timeoutMs = options.timeoutMs ?? 10_000
  return {
    async get(path) {
      const url = new URL(options.baseUrl.replace(/\/$/, '') + path)
      const response = await request(url, options.headers, timeoutMs)
      if (response.status === 404 || response.status === 410) {
        await response.body?.cancel()
        return { status: response.status, headers: response.headers, json: undefined }
      }
      if (!response.ok) {
        await response.body?.cancel()
        throw refusal(url, response)
      }
      return { status: response.status, headers: response.headers, json: await readJson(url, response) }
    },
  }
}

async function request(url: URL, headers: Readonly<Record<string, string>>, timeoutMs: number): Promise<Response> {
  try {
    return await fetch(url, {
      headers: { accept: 'application/json', 'user-agent': 'posthorn', ...headers },
      // A redirect would carry the credential to a host nobody configured.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    })
  } catch (cause) {
    throw new ApiError(`GET ${url.host}${url.pathname} got no answer`, { cause })
  }
}

function refusal(url: URL, response: Response): ApiError {
  const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'), Date.now())
  return new ApiError(`GET ${url.host}${url.pathname} answered ${response.status}`, {
    status: response.status,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  })
}

async function readJson(url: URL, response: Response): Promise<unknown> {
  try {
    const text = await readBounded(response)
    return text === '' ? undefined : JSON.parse(text)
  } catch (cause) {
    throw new ApiError(`GET ${url.host}${url.pathname} answered something that is not JSON`, { cause })
  }
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > MAX_ANSWER_BYTES) throw new Error(`the answer is larger than ${MAX_ANSWER_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** `Retry-After` in seconds or as an HTTP date (RFC 9110, 10.2.3), as ms from `nowMs`; undefined when absent or unreadable. */
export function parseRetryAfter(value: string | null, nowMs: number): number | undefined {
  if (value === null) return undefined
  if (/^\d+$/.test(value)) return Number(value) * 1000
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs)
}
