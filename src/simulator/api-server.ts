import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { type Caller, isAuthorised, sellToken } from './api-credentials.ts'
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
  /** What the sources are configured with: one token that is good for every API here, or one for each provider. */
  token: string | ((provider: string) => string)
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
    const body = await readBody(request)
    const caller = callerOf(options, world, request, url)
    const fault = isAuthorised(caller) ? options.fault?.(call) : { status: 401 }
    if (fault?.delayMs !== undefined) await delay(fault.delayMs)
    const reply =
      sellToken(caller) ??
      (fault?.status === undefined
        ? lookUp(options, world, { method: call.method, url, body })
        : refusal(world, fault.status))
    answered.push({ ...call, status: reply.status })
    if (fault?.retryAfterSeconds !== undefined) response.setHeader('retry-after', fault.retryAfterSeconds)
    send(response, reply)
  }

  const server = createServer((request, response) => {
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

interface Lookup {
  method: string
  url: URL
  body: unknown
}

function lookUp({ resend }: ApiServerOptions, world: World, { method, url, body }: Lookup): ApiReply {
  if (method === 'GET') return world.read(url) ?? refusal(world, 404)
  if (method !== 'POST') return refusal(world, 405)
  const reply = world.post?.(url, body)
  if (reply?.resend !== undefined) resend?.(world, reply.resend)
  return reply ?? refusal(world, world.read(url) === undefined ? 404 : 405)
}

const refusal = (world: World, status: number): ApiReply => ({ status, body: world.explain(status) })

const callerOf = (
  { token }: ApiServerOptions,
  world: World,
  { method, headers }: IncomingMessage,
  url: URL,
): Caller => ({
  world,
  token: typeof token === 'string' ? token : token(world.provider.name),
  headers,
  buysToken: method === 'POST' && url.pathname === world.tokenPath,
})

/** Undefined where it is not JSON: forms are only sent where a token is bought. */
async function readBody(request: IncomingMessage): Promise<unknown> {
  const bytes = await buffer(request)
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
}

function send(response: ServerResponse, reply: ApiReply): void {
  response.writeHead(reply.status, { 'content-type': 'application/json; charset=utf-8', ...reply.headers })
  response.end(JSON.stringify(reply.body))
}

/** Some base URLs end in a path, such as `/v1`: it stays part of ours. */
function pathOfApi(world: World | undefined): string {
  const canonical = world?.provider.canonical
  if (canonical === undefined || !('baseUrl' in canonical) || canonical.baseUrl === '') return ''
  return new URL(canonical.baseUrl).pathname.replace(/\/$/, '')
}
