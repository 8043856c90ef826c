import type { IncomingMessage } from 'node:http'
import { PosthornError } from '../domain/errors.ts'

export interface RawBodyLimits {
  maxBytes: number
  timeoutMs: number
  /** Called with the size of every piece before it is kept; what it throws ends the reading. */
  grow: (bytes: number) => void
}

/**
 * Reads the body as the bytes that were sent. Bounded by the declared length at once, and by what really comes.
 * @throws PosthornError `payload_too_large`, `body_timeout`, `client_aborted`, or what `grow` throws. The rest of the body is then discarded.
 */
export async function readRawBody(request: IncomingMessage, limits: RawBodyLimits): Promise<Buffer> {
  if (request.readableDidRead)
    throw new Error('something read the body before the receiver did: its signature cannot be checked')
  if (Number(request.headers['content-length'] ?? 0) > limits.maxBytes) throw new PosthornError('payload_too_large')
  const pieces: Buffer[] = []
  await collect(request, limits, pieces)
  return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces)
}

function collect(request: IncomingMessage, limits: RawBodyLimits, pieces: Buffer[]): Promise<void> {
  let size = 0
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => settle(new PosthornError('body_timeout')), limits.timeoutMs)
    const onData = (piece: Buffer): void => {
      size += piece.length
      if (size > limits.maxBytes) return settle(new PosthornError('payload_too_large'))
      try {
        limits.grow(piece.length)
        pieces.push(piece)
      } catch (error) {
        settle(error as Error)
      }
    }
    const onEnd = (): void => settle()
    const onClose = (): void => settle(new PosthornError('client_aborted'))
    const settle = (error?: Error): void => {
      clearTimeout(timer)
      request.off('data', onData).off('end', onEnd).off('close', onClose)
      if (error === undefined) return resolve()
      // The request may live on for seconds, see linger.ts; what was read of it must not.
      pieces.length = 0
      reject(error)
    }
    // An aborted request emits an error and then closes; `close` alone decides, and the listener keeps the error from being thrown.
    request.on('error', () => undefined)
    request.on('data', onData).on('end', onEnd).on('close', onClose)
  })
}
