import http from 'node:http'
import https from 'node:https'
import type { Duplex } from 'node:stream'
import { ERRORS, type ErrorCode } from '../domain/errors.ts'
import { ERROR_BODIES } from './answer.ts'
import { LINGER_MS, isLingering } from './linger.ts'
import type { ReceiverSettings } from './settings.ts'

const HEADERS_TIMEOUT_MS = 10_000

/** Node's server, with every limit set on purpose. `onRefused` is told of requests that are refused before they can be read. */
export function createServer(
  listener: http.RequestListener,
  { bodyTimeoutMs, tls }: Pick<ReceiverSettings, 'bodyTimeoutMs' | 'tls'>,
  onRefused: (code: ErrorCode) => void,
): http.Server | https.Server {
  const limits = {
    // Bounds the number of headers as well, see below.
    maxHeaderSize: 16 * 1024,
    headersTimeout: HEADERS_TIMEOUT_MS,
    // Only for what the app's own limit on the body misses, such as bodies that it discards.
    requestTimeout: HEADERS_TIMEOUT_MS + bodyTimeoutMs + LINGER_MS,
    connectionsCheckingInterval: 1_000,
    // Load balancers keep idle connections for a minute. The one that reuses a connection must be the first to give it up.
    keepAliveTimeout: 75_000,
    joinDuplicateHeaders: true,
  }
  const server =
    tls === undefined
      ? http.createServer(limits, listener)
      : https.createServer(
          {
            ...limits,
            cert: tls.certificate,
            key: tls.key,
            handshakeTimeout: HEADERS_TIMEOUT_MS,
            // Asked for here, required by the app, which can say so and leave health open.
            ...(tls.clientCa !== undefined && { ca: tls.clientCa, requestCert: true, rejectUnauthorized: false }),
          },
          listener,
        )
  // Node would drop the headers above a count in silence, a signature among them.
  server.maxHeadersCount = 0
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuseUnread(error, socket, onRefused))
  return server
}

/** Answers what is no readable request: malformed HTTP, headers that are too large or too slow. */
function refuseUnread(error: NodeJS.ErrnoException, socket: Duplex, onRefused: (code: ErrorCode) => void): void {
  // Gone, or answered before: each further piece of what cannot be read is an error again.
  if (!socket.writable || isLingering(socket) || error.code === 'ECONNRESET') return
  const code = codeOf(error)
  onRefused(code)
  socket.end(rawAnswer(code))
  // Time to read the answer, as in linger.ts.
  setTimeout(() => socket.destroy(), LINGER_MS).unref()
}

function codeOf({ code }: NodeJS.ErrnoException): ErrorCode {
  if (code === 'HPE_HEADER_OVERFLOW') return 'headers_too_large'
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'body_timeout' : 'malformed_request'
}

function rawAnswer(code: ErrorCode): string {
  const { status } = ERRORS[code]
  const body = ERROR_BODIES[code]
  return [
    `HTTP/1.1 ${status} ${http.STATUS_CODES[status]}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n')
}
