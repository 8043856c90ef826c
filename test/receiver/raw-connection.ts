import { once } from 'node:events'
import net from 'node:net'
import tls from 'node:tls'
import type { Webhook } from './webhooks.ts'

export interface RawAnswer {
  status: number
  headers: Record<string, string>
  body: string
}

export interface RawConnection {
  socket: net.Socket
  send(data: string | Buffer): void
  /** The next answer on the connection. `bodyless` for the answer to a HEAD. */
  answer(options?: { bodyless?: boolean }): Promise<RawAnswer>
  /** Resolves when the other side has closed; to the error where it did so rudely. */
  closed: Promise<Error | undefined>
}

/** A bare socket: no client library that would mend, retry or reorder what a test does to a request. */
export async function connect(port: number, tlsOptions?: tls.ConnectionOptions): Promise<RawConnection> {
  const socket =
    tlsOptions === undefined ? net.connect(port, '127.0.0.1') : tls.connect({ port, host: '127.0.0.1', ...tlsOptions })
  let received: Buffer = Buffer.alloc(0)
  let failure: Error | undefined
  let wake: () => void = () => undefined
  socket.on('data', (data: Buffer) => {
    received = Buffer.concat([received, data])
    wake()
  })
  socket.on('end', () => wake())
  socket.on('error', (error: Error) => void (failure = error))
  const closed = new Promise<Error | undefined>((resolve) => {
    socket.on('close', () => {
      wake()
      resolve(failure)
    })
  })
  await once(socket, tlsOptions === undefined ? 'connect' : 'secureConnect')

  async function answer({ bodyless = false } = {}): Promise<RawAnswer> {
    for (;;) {
      const parsed = parseAnswer(received, bodyless)
      if (parsed !== undefined) {
        received = parsed.rest
        return parsed.answer
      }
      if (socket.readableEnded || socket.destroyed) {
        throw new Error(`closed without an answer: ${failure?.message ?? JSON.stringify(received.toString())}`)
      }
      await new Promise<void>((resolve) => (wake = resolve))
    }
  }
  return { socket, send: (data) => void socket.write(data), answer, closed }
}

function parseAnswer(received: Buffer, bodyless: boolean): { answer: RawAnswer; rest: Buffer } | undefined {
  const end = received.indexOf('\r\n\r\n')
  if (end === -1) return undefined
  const [statusLine = '', ...headerLines] = received.toString('latin1', 0, end).split('\r\n')
  const headers = Object.fromEntries(
    headerLines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  )
  const bodyEnd = end + 4 + (bodyless ? 0 : Number(headers['content-length'] ?? 0))
  if (received.length < bodyEnd) return undefined
  const body = received.toString('utf8', end + 4, bodyEnd)
  return { answer: { status: Number(statusLine.split(' ')[1]), headers, body }, rest: received.subarray(bodyEnd) }
}

export interface HeadOptions {
  method?: string
  path: string
  headers?: Record<string, string | readonly string[]>
}

/** The head of a request, written as given. */
export function requestHead({ method = 'POST', path, headers = {} }: HeadOptions): string {
  const lines = Object.entries(headers).flatMap(([name, value]) => [value].flat().map((each) => `${name}: ${each}`))
  return [`${method} ${path} HTTP/1.1`, 'Host: localhost', ...lines, '', ''].join('\r\n')
}

/** The whole request with its length. */
export const requestBytes = (webhook: Webhook, method = 'POST'): Buffer =>
  Buffer.concat([
    Buffer.from(
      requestHead({
        method,
        path: webhook.path,
        headers: { ...webhook.headers, 'content-length': `${webhook.body.length}` },
      }),
      'latin1',
    ),
    webhook.body,
  ])

/** Sends a request on a connection of its own. */
export async function post(port: number, webhook: Webhook, tlsOptions?: tls.ConnectionOptions): Promise<RawAnswer> {
  const connection = await connect(port, tlsOptions)
  connection.send(requestBytes(webhook))
  const answer = await connection.answer()
  connection.socket.destroy()
  return answer
}

/** Sends a request without a body. */
export async function request(port: number, head: HeadOptions, tlsOptions?: tls.ConnectionOptions): Promise<RawAnswer> {
  const connection = await connect(port, tlsOptions)
  connection.send(requestHead(head))
  const answer = await connection.answer({ bodyless: head.method === 'HEAD' })
  connection.socket.destroy()
  return answer
}
