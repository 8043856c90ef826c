import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

export const LINGER_MS = 5_000

/** Connections that have had their last answer. */
const lingering = new WeakSet<Duplex>()

export const isLingering = (socket: Duplex): boolean => lingering.has(socket)

/**
 * Sends a whole answer while the request's body is still coming, and ends the connection once the client has stopped sending.
 * Closing at once would reset the connection, and the reset can overtake the answer on its way to the client.
 */
export function answerAndLinger(request: IncomingMessage, response: ServerResponse, body: string): void {
  lingering.add(request.socket)
  response.setHeader('Connection', 'close')
  response.setHeader('Content-Length', Buffer.byteLength(body))
  response.write(body)
  const end = (): void => {
    clearTimeout(timer)
    response.end()
  }
  const timer = setTimeout(end, LINGER_MS).unref()
  request.once('end', end).once('close', end).resume()
}
