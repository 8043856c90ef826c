import { once } from 'node:events'
import { type Socket, connect } from 'node:net'
import { type Rates, percentile } from '../statistics.ts'

export interface LoadOptions {
  port: number
  /** Kept alive, each with one request at a time. */
  connections: number
  /** Sent once each, in order; the round ends early when they are used up. */
  requests: readonly Buffer[]
  forMs: number
  /** Requests have their times, so many in a second, and each is measured from its time on. Default: as fast as answers come. */
  perSecond?: number
  /** Ends the round early. */
  signal?: AbortSignal
}

export interface LoadResult extends Rates {
  /** Requests answered 200: all that were sent. */
  answered: number
  /** The slowest answer, ms. */
  max: number
}

/**
 * Sends prepared requests as fast as they are answered, or at their times.
 * @throws Error when an answer is anything but 200, or a connection breaks.
 */
export async function applyLoad({
  port,
  connections,
  requests,
  forMs,
  perSecond,
  signal,
}: LoadOptions): Promise<LoadResult> {
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(port)))
  const times = new Float64Array(requests.length)
  let sent = 0
  let answered = 0
  const startedAt = performance.now()
  const endAt = startedAt + forMs
  await Promise.all(
    sockets.map((socket) =>
      converse(socket, {
        next: () => {
          if (performance.now() >= endAt || signal?.aborted) return undefined
          const request = requests[sent++]
          const dueAt = perSecond === undefined ? performance.now() : startedAt + ((sent - 1) * 1_000) / perSecond
          return request && { request, dueAt }
        },
        onAnswer: (durationMs) => (times[answered++] = durationMs),
      }),
    ),
  )
  const seconds = (performance.now() - startedAt) / 1_000
  const taken = times.subarray(0, answered)
  const [p50, p99, max] = [0.5, 0.99, 1].map((share) => percentile(taken, share)) as [number, number, number]
  return { answered, rps: answered / seconds, p50, p99, max }
}

async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  return socket
}

interface Conversation {
  /** Undefined ends it. */
  next: () => { request: Buffer; dueAt: number } | undefined
  onAnswer: (durationMs: number) => void
}

/** One request after the other on one connection. */
function converse(socket: Socket, { next, onAnswer }: Conversation): Promise<void> {
  return new Promise((resolve, reject) => {
    let sentAt = 0
    let text = ''
    const send = (): void => {
      const due = next()
      if (due === undefined) {
        socket.destroy()
        return resolve()
      }
      sentAt = due.dueAt
      const waitMs = due.dueAt - performance.now()
      if (waitMs < 1) socket.write(due.request)
      else setTimeout(() => socket.write(due.request), waitMs)
    }
    socket.on('data', (piece) => {
      text += piece.toString('latin1')
      if (!isWhole(text)) return
      if (!text.startsWith('HTTP/1.1 200 ')) return reject(new Error(`the receiver answered: ${text}`))
      text = ''
      onAnswer(performance.now() - sentAt)
      send()
    })
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('the receiver closed a connection')))
    send()
  })
}

const HEADERS_END = '\r\n\r\n'
const LENGTH = /\r\ncontent-length: (\d+)/i

/** No more than our own receiver's answers need: a length, and never chunks. */
function isWhole(text: string): boolean {
  const end = text.indexOf(HEADERS_END)
  if (end === -1) return false
  const length = LENGTH.exec(text)?.[1]
  if (length === undefined) throw new Error(`the answer has no length: ${text}`)
  return text.length >= end + HEADERS_END.length + Number(length)
}
