import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Provider, WebhookRequest } from '../../providers/provider.ts'
import { type CalledPath, pathOf } from './called-path.ts'
import type { CapturedRequest } from './captured-request.ts'

export interface CaptureServerOptions {
  port: number
  /** Whose hook a path is. One that is nobody's is answered all the same. */
  calledAt: (path: string) => CalledPath
  /** Told of every request, in the order of arrival. `about` says what it is. */
  onRequest: (request: CapturedRequest, called: CalledPath & { about: string }) => Promise<void>
}

export interface CaptureServer {
  url: string
  stop(): Promise<void>
}

const MOST_BYTES = 10 * 1024 * 1024

/** Takes whatever comes on loopback, and answers as the provider that sends it wants to be answered. It verifies nothing. */
export async function startCaptureServer({ port, calledAt, onRequest }: CaptureServerOptions): Promise<CaptureServer> {
  let turn: Promise<void> = Promise.resolve()
  const server = createServer((request, response) => {
    const take = async (): Promise<void> => {
      const captured = await capture(request)
      const called = calledAt(pathOf(captured.target))
      const { status, contentType, body } = answerOf(called.provider, asProviderSees(captured))
      await onRequest(captured, { ...called, about: aboutOf(called, captured) })
      response.writeHead(status, { 'content-type': contentType }).end(body)
    }
    turn = turn.then(take).catch(() => void response.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: '127.0.0.1', port }, resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      await turn
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}

async function capture(request: IncomingMessage): Promise<CapturedRequest> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MOST_BYTES) throw new Error('the body is too large')
    chunks.push(chunk)
  }
  const { rawHeaders } = request
  const headers = rawHeaders.flatMap((name, at): [string, string][] =>
    at % 2 === 0 ? [[name, rawHeaders[at + 1] ?? '']] : [],
  )
  return {
    at: new Date(),
    method: request.method ?? 'POST',
    target: request.url ?? '/',
    headers,
    body: Buffer.concat(chunks),
  }
}

const asProviderSees = ({ method, target, headers, body }: CapturedRequest): WebhookRequest => ({
  method,
  url: target,
  headers: Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value])),
  body,
})

interface Answer {
  status: number
  contentType: string
  body: string
}

const answerOf = (provider: Provider | undefined, request: WebhookRequest): Answer =>
  provider?.handshake?.(request) ?? {
    status: 200,
    contentType: 'application/json',
    body: '{"received":true}',
    ...provider?.acknowledgement,
  }

function aboutOf({ provider, shownPath }: CalledPath, captured: CapturedRequest): string {
  if (provider === undefined) return shownPath
  try {
    return `${provider.name}-${provider.identify(asProviderSees(captured))[0]?.type ?? 'nothing'}`
  } catch {
    return `${provider.name}-unreadable`
  }
}
