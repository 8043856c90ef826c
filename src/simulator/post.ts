import { type Agent, type IncomingMessage, request } from 'node:http'
import { json } from 'node:stream/consumers'

export interface Answer {
  status: number
  /** Undefined when the answer was not JSON. */
  json: unknown
}

export interface PostOptions {
  agent: Agent
  url: string
  headers: Readonly<Record<string, string>>
  body: Buffer
}

/** As long as the most patient of the providers waits. */
const TIMEOUT_MS = 30_000

/**
 * The answer, or undefined when none came. An answer that arrives while the body is still being written counts: that is how a
 * receiver refuses a body that it does not want to read.
 */
export function post({ agent, url, headers, body }: PostOptions): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const outgoing = request(url, {
      agent,
      method: 'POST',
      headers: { ...headers, 'content-length': body.length },
      timeout: TIMEOUT_MS,
    })
    outgoing.on('response', (response) => void read(response).then(resolve))
    outgoing.on('timeout', () => outgoing.destroy())
    outgoing.on('error', () => resolve(undefined))
    outgoing.end(body)
  })
}

const read = async (response: IncomingMessage): Promise<Answer> => ({
  status: response.statusCode ?? 0,
  json: await json(response).catch(() => undefined),
})
