import { once } from 'node:events'
import { type IncomingHttpHeaders, type ServerHttp2Stream, connect, constants, createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'

/** Stands between a client and a gRPC server. */
export interface RefusingProxy {
  /** `host:port` */
  address: string
  /** The gRPC status with which it answers calls of this method, itself; undefined: everything is passed on. */
  refuse(method: string, status: number | undefined): void
  stop(): Promise<void>
}

const { HTTP2_HEADER_PATH } = constants

/** Passes calls on to the server at `upstream`, but for those that it is told to refuse, as a gateway does with a credential it does not accept. */
export async function startRefusingProxy(upstream: string): Promise<RefusingProxy> {
  const session = connect(`http://${upstream}`)
  session.on('error', () => undefined)
  const refusals = new Map<string, number>()
  const server = createServer()
  const clients = new Set<{ destroy(): void }>()
  server.on('session', (client) => clients.add(client))
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined)
    const status = refusals.get(String(headers[HTTP2_HEADER_PATH]).split('/').at(-1) ?? '')
    if (status !== undefined) refuse(stream, status)
    else pass(stream, headers)
  })

  function pass(stream: ServerHttp2Stream, headers: object): void {
    const call = session.request({ ...headers })
    call.on('error', () => stream.close(constants.NGHTTP2_CANCEL))
    stream.on('aborted', () => call.close(constants.NGHTTP2_CANCEL))
    call.on('response', (answer, flags) => {
      const isTrailersOnly = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0
      stream.respond(answer, { endStream: isTrailersOnly, waitForTrailers: !isTrailersOnly })
    })
    let trailers: IncomingHttpHeaders = {}
    call.on('trailers', (last: IncomingHttpHeaders) => void (trailers = last))
    stream.on('wantTrailers', () => stream.sendTrailers(trailers))
    stream.pipe(call)
    call.pipe(stream)
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    refuse(method, status) {
      if (status === undefined) refusals.delete(method)
      else refusals.set(method, status)
    },
    async stop() {
      for (const client of clients) client.destroy()
      session.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

const refuse = (stream: ServerHttp2Stream, status: number): void =>
  stream.respond(
    { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': String(status), 'grpc-message': 'Refused.' },
    { endStream: true },
  )
