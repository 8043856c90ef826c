import type { WebhookRequest } from '../providers/provider.ts'

/** A request as a file holds it. */
export interface FiledRequest {
  method: string
  /** As in the request line: a path, or a whole URL. */
  target: string
  /** In their order, names as they were written. */
  headers: readonly (readonly [name: string, value: string])[]
  body: Buffer
  /** When it came, where the file says so. */
  receivedAt?: Date
  /** What had to be assumed, as sentences. */
  notes: string[]
}

/** A file that holds no request. The message is one sentence that says what is wrong. */
export class RequestFileError extends Error {
  override readonly name = 'RequestFileError'
}

/**
 * Reads raw HTTP text, or the JSON `{ "method", "url", "headers", "body" or "bodyBase64", "receivedAt" }`.
 * @throws RequestFileError
 */
export const parseRequestFile = (file: Buffer): FiledRequest =>
  file.toString('latin1', 0, 64).trimStart().startsWith('{') ? parseJson(file) : parseHttp(file)

const REQUEST_LINE = /^([A-Z]+) (\S+)( HTTP\/[\d.]+)?\r?$/

function parseHttp(file: Buffer): FiledRequest {
  const end = /\r?\n\r?\n/.exec(file.toString('latin1'))
  const head = (end === null ? file : file.subarray(0, end.index)).toString('latin1')
  const [requestLine = '', ...lines] = head.split('\n')
  const [, method, target] = REQUEST_LINE.exec(requestLine) ?? []
  if (method === undefined || target === undefined) {
    throw new RequestFileError(
      'The first line is not that of a request, such as POST /webhooks/shop HTTP/1.1, and it is no JSON.',
    )
  }
  const written = lines.map(parseHeader)
  const headers = written.filter(([name]) => name.toLowerCase() !== CAPTURED_AT)
  const rest = end === null ? Buffer.alloc(0) : file.subarray(end.index + end[0].length)
  return {
    method,
    target,
    headers,
    ...cut(rest, headers),
    ...received(written.find((one) => !headers.includes(one))?.[1]),
  }
}

/** The header in which `posthorn capture` writes when a request came. */
const CAPTURED_AT = 'x-captured-at'

function received(text: unknown): Pick<FiledRequest, 'receivedAt'> {
  const at = typeof text === 'string' ? new Date(text) : undefined
  return at === undefined || Number.isNaN(at.getTime()) ? {} : { receivedAt: at }
}

function parseHeader(line: string): [name: string, value: string] {
  const at = line.indexOf(':')
  if (at < 1) throw new RequestFileError(`"${line.trim().slice(0, 40)}" is no header: there is no colon in it.`)
  return [line.slice(0, at).trim(), line.slice(at + 1).trim()]
}

/** An editor ends the file with a line; the request says how long its body was. */
function cut(rest: Buffer, headers: FiledRequest['headers']): Pick<FiledRequest, 'body' | 'notes'> {
  const stated = headers.find(([name]) => name.toLowerCase() === 'content-length')?.[1]
  if (stated === undefined || Number(stated) === rest.length) return { body: rest, notes: [] }
  const length = Number(stated)
  if (/^\r?\n$/.test(rest.subarray(length).toString('latin1'))) {
    return {
      body: rest.subarray(0, length),
      notes: ['The end of line behind the body was left out: Content-Length does not count it.'],
    }
  }
  return {
    body: rest,
    notes: [
      `Content-Length says ${stated} bytes, and the file has ${rest.length}: the body was changed on the way into it.`,
    ],
  }
}

interface RequestJson {
  method?: unknown
  url?: unknown
  headers?: unknown
  body?: unknown
  bodyBase64?: unknown
  receivedAt?: unknown
}

function parseJson(file: Buffer): FiledRequest {
  const json = readJson(file)
  const { method = 'POST', url = '/', headers, body = '', bodyBase64, receivedAt } = json
  if (typeof method !== 'string' || typeof url !== 'string')
    throw new RequestFileError('"method" and "url" must be text.')
  if (typeof headers !== 'object' || headers === null)
    throw new RequestFileError('"headers" must be an object of names and values.')
  if (typeof body !== 'string') {
    throw new RequestFileError(
      '"body" must be the text that was sent, or "bodyBase64" its bytes: a parsed body has lost what was signed.',
    )
  }
  return {
    method,
    target: url,
    headers: Object.entries(headers).flatMap(([name, value]) =>
      [value].flat().map((one) => [name, String(one)] as const),
    ),
    body: typeof bodyBase64 === 'string' ? Buffer.from(bodyBase64, 'base64') : Buffer.from(body),
    ...received(receivedAt),
    notes: [],
  }
}

function readJson(file: Buffer): RequestJson {
  try {
    return JSON.parse(file.toString()) as RequestJson
  } catch (cause) {
    throw new RequestFileError('The file begins as JSON and is none.', { cause })
  }
}

/** The request as providers see it; `publicUrl` is what stands before the path at the provider. */
export function toWebhookRequest({ method, target, headers, body }: FiledRequest, publicUrl?: string): WebhookRequest {
  const joined = new Map<string, string>()
  for (const [written, value] of headers) {
    const name = written.toLowerCase()
    const before = joined.get(name)
    joined.set(name, before === undefined ? value : `${before}, ${value}`)
  }
  const origin = publicUrl ?? `https://${joined.get('host') ?? 'localhost'}`
  return {
    method,
    url: /^https?:\/\//.test(target) && publicUrl === undefined ? target : origin + pathOf(target),
    headers: Object.fromEntries(joined),
    body,
  }
}

const pathOf = (target: string): string => target.replace(/^https?:\/\/[^/]*/, '')
