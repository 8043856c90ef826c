import { once } from 'node:events'
import { type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Another system that effects reach by HTTP. It does what a key asks for once, as it promises, and says what it was asked. */
export interface OtherSide {
  url: string
  /** The idempotency key of every request to `path`, in order; undefined where it had none. */
  keysOf(path: string): (string | undefined)[]
  /** From now on requests to `path` are received and not answered, until `release`. */
  hold(path: string): void
  release(): void
  close(): void
}

interface Seen {
  path: string
  key: string | undefined
}

export async function startOtherSide(): Promise<OtherSide> {
  const seen: Seen[] = []
  const holding = new Set<string>()
  let held: (() => void)[] = []
  const server = createServer((request, response) => {
    const path = request.url ?? '/'
    const key = request.headers['idempotency-key']
    seen.push({ path, key: Array.isArray(key) ? key[0] : key })
    const answer = () => respond(response, seen, path)
    if (holding.has(path)) held.push(answer)
    else answer()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    keysOf: (path) => seen.filter((one) => one.path === path).map(({ key }) => key),
    hold: (path) => void holding.add(path),
    release() {
      holding.clear()
      for (const answer of held) answer()
      held = []
    },
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** The charge of a key is numbered by when the key was first seen: the second request with it gets the first one's answer. */
function respond(response: ServerResponse, seen: readonly Seen[], path: string): void {
  const keys = [...new Set(seen.filter((one) => one.path === path).map(({ key }) => key))]
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ charge: keys.length }))
}
