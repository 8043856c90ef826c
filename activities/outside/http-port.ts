import type { Readable } from 'node:stream'
import { parseRetryAfter, permanent, retryAfter } from 'posthorn/activity'
import { ofNoCall, tookNoPlace } from './took-no-place.ts'

/** Of every call that carries its key: the systems outside remember it for a day. A mail has terms of its own. */
export const CALL_TERMS = { keyLifetimeMs: 23 * 3_600_000, tookNoPlace }

export interface PortRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  path: string
  json?: unknown
  /** Bytes in place of `json`, with their type. */
  content?: { body: Readable; type: string }
  idempotencyKey?: string
}

/**
 * Asks a system outside, and returns its JSON; undefined for an empty answer.
 * @throws ApplicationFailure: for good when it refuses, and with a delay, which uses up no try, while it is out.
 */
export type HttpPort = (request: PortRequest) => Promise<unknown>

const TIMEOUT_MS = 20_000
const RETRY_MS = 5_000

/** A system outside, at a URL of the settings, with a user and a password in it where it wants them; undefined where none is set. */
export function httpPort(name: string, base: string | undefined): HttpPort | undefined {
  if (base === undefined) return undefined
  const url = new URL(base)
  const authorization = authorizationOf(url)
  const root = `${url.origin}${url.pathname.replace(/\/$/, '')}`
  return async ({ method, path, json, content, idempotencyKey }) => {
    const type = content?.type ?? (json === undefined ? undefined : 'application/json')
    const body = content?.body ?? (json === undefined ? undefined : JSON.stringify(json))
    const response = await fetch(root + path, {
      method,
      headers: {
        ...authorization,
        ...(type !== undefined && { 'content-type': type }),
        ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
      },
      ...(body !== undefined && { body, duplex: 'half' }),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }).catch((cause: unknown) => {
      throw retryAfter(`${name}_unreachable`, RETRY_MS, `${name} does not answer`, cause)
    })
    const text = await response.text()
    if (response.ok) return text === '' ? undefined : (JSON.parse(text) as unknown)
    if (response.status === 404 && method === 'DELETE') return undefined
    const failure = failureOf(name, response, text)
    throw isRefusal(response.status) ? ofNoCall(failure) : failure
  }
}

function failureOf(name: string, { status, headers }: Response, text: string): Error {
  const askedMs = parseRetryAfter(headers.get('retry-after'), Date.now())
  if (status >= 500 || [408, 425, 429].includes(status) || askedMs !== undefined) {
    return retryAfter(`${name}_out`, askedMs ?? RETRY_MS, `${name} answered ${status}`)
  }
  const code = status === 409 ? `${name}_conflict` : `${name}_refused`
  return permanent(code, `${name} answered ${status}: ${text.slice(0, 200)}`)
}

/**
 * Whether the answer says that nothing was done. Of a conflict nobody knows what it is with: it may be with this very call; and
 * whoever waited too long for the rest of a request may have acted on its beginning.
 */
const isRefusal = (status: number): boolean => status < 500 && ![408, 409].includes(status)

/** `fetch` takes no credential in a URL. */
function authorizationOf({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {}
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` }
}
