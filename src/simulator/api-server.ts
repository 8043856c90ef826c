import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { ApiReply, Change, World } from './world.ts'

/** What goes wrong with one call: it waits, it fails, or it first waits and then fails. */
export interface Fault {
  delayMs?: number
  status?: number
  retryAfterSeconds?: number
}

export interface ApiCall {
  provider: string
  /** Below the provider's own base URL. */
  path: string
  /** With its question mark; empty when there is none. */
  query: string
  method: string
}

export interface ApiServerOptions {
  worlds: readonly World[]
  /** The one bearer token that is good for every API here. */
  token: string
  /** Asked before each authorised call. */
  fault?: (call: ApiCall) => Fault | undefined
  /** Told of a webhook that a provider was asked to send again. */
  resend?: (world: World, change: Change) => void
  /** Default: any free one. */
  port?: number
}

export interface ApiServer {
  url: string
  /** The base URL to configure for a provider, in place of its own. */
  baseUrl(provider: string): string
  /** Calls answered so far, by provider and status. */
  readonly answered: readonly (ApiCall & { status: number })[]
  stop(): Promise<void>
}

/** Serves what the worlds hold on loopback, each at the paths of its real API below `/<provider>`. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const worlds = new Map(options.worlds.map((world) => [world.provider.name, world]))
  const answered: (ApiCall & { status: number })[] = []

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://simulator')
    const [, name = '', rest = ''] = /^\/([^/]+)(.*)$/.exec(url.pathname) ?? []
    const world = worlds.get(name)
    if (world === undefined) return send(response, { status: 404, body: { message: 'No such provider.' } })
    url.pathname = rest
    const call = { provider: name, path: rest, query: url.search, method: request.method ?? 'GET' }
    const fault = isAuthorised(request, options.token) ? options.fault?.(call) : { status: 401 }
    if (fault?.delayMs !== undefined) await delay(fault.delayMs)
    const reply = fault?.status === undefined ? lookUp(options, world, request, url) : refusal(world, fault.status)
    answered.push({ ...call, status: reply.status })
    if (fault?.retryAfterSeconds !== undefined) response.setHeader('retry-after', fault.retryAfterSeconds)
    send(response, reply)
  }

  const server = createServer((request, response) => {
    request.resume()
    answer(request, response).catch((error: unknown) => response.destroy(error as Error))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: '127.0.0.1', port: options.port ?? 0 }, resolve)
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    baseUrl: (provider) => url + '/' + provider + pathOfApi(worlds.get(provider)),
    answered,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function lookUp({ resend }: ApiServerOptions, world: World, request: IncomingMessage, url: URL): ApiReply {
  if (request.method === 'GET') return world.read(url) ?? refusal(world, 404)
  if (request.method !== 'POST') return refusal(world, 405)
  const reply = world.post?.(url)
  if (reply?.resend !== undefined) resend?.(world, reply.resend)
  return reply ?? refusal(world, world.read(url) === undefined ? 404 : 405)
}

const refusal = (world: World, status: number): ApiReply => ({ status, body: world.explain(status) })

const isAuthorised = (request: IncomingMessage, token: string): boolean =>
  request.headers.authorization === `Bearer ${token}`

function send(response: ServerResponse, reply: ApiReply): void {
  response.writeHead(reply.status, { 'content-type': 'application/json; charset=utf-8', ...reply.headers })
  response.end(JSON.stringify(reply.body))
}

/** Some base URLs end in a path, such as `/v1`: it stays part of ours. */
function pathOfApi(world: World | undefined): string {
  const canonical = world?.provider.canonical
  if (canonical === undefined || !('baseUrl' in canonical)) return ''
  return new URL(canonical.baseUrl).pathname.replace(/\/$/, '')
}
