import { type Agent, type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { buffer } from 'node:stream/consumers'

export interface Answer {
  status: number
  text: string
  /** Undefined when the answer was not JSON. */
  json: unknown
}

export interface PostOptions {
  /** Keeps connections to http:// addresses. */
  agent?: Agent
  url: string
  headers: Readonly<Record<string, string>>
  body: Buffer
  /** How long the sender waits for the answer. Default: as long as the most patient of the providers. */
  timeoutMs?: number
}

const TIMEOUT_MS = 30_000

/**
 * The answer, or undefined when none came. An answer that arrives while the body is still being written counts: that is how a
 * receiver refuses a body that it does not want to read.
 */
export function post({ agent, url, headers, body, timeoutMs = TIMEOUT_MS }: PostOptions): Promise<Answer | undefined> {
  const isTls = url.startsWith('https:')
  return new Promise((resolve) => {
    const outgoing = (isTls ? requestHttps : requestHttp)(url, {
      ...(agent !== undefined && !isTls && { agent }),
      method: 'POST',
      headers: { ...headers, 'content-length': body.length },
    })
    const timer = setTimeout(() => outgoing.destroy(), timeoutMs)
    const settle = (answer: Answer | undefined): void => {
      clearTimeout(timer)
      resolve(answer)
    }
    outgoing.on('response', (response) => void read(response).then(settle, () => settle(undefined)))
    outgoing.on('error', () => settle(undefined))
    outgoing.end(body)
  })
}

async function read(response: IncomingMessage): Promise<Answer> {
  const text = (await buffer(response)).toString()
  return { status: response.statusCode ?? 0, text, json: parse(text) }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
