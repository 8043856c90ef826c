import { once } from 'node:events'
import { type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface CallsApi {
  url: string
  /** Requests that wait for `release`. */
  readonly waiting: number
  /** From now on no request is answered until `release`. */
  hold(): void
  release(): void
  /** Everything is 404 from now on, or is not any more: what some APIs say to a credential that has expired. */
  deny(isDenying: boolean): void
  close(): void
}

/** What Team-Connect's API says about any call, when it is let speak. */
export async function startCallsApi(): Promise<CallsApi> {
  let isHolding = false
  let isDenying = false
  let held: (() => void)[] = []
  const server = createServer((request, response) => {
    const callId = decodeURIComponent(request.url?.split('/').at(-1) ?? '')
    const answer = () => (isDenying ? response.writeHead(404).end('{}') : respond(response, callId))
    if (isHolding) held.push(answer)
    else answer()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get waiting() {
      return held.length
    },
    hold() {
      isHolding = true
    },
    release() {
      isHolding = false
      for (const answer of held) answer()
      held = []
    },
    deny(denying) {
      isDenying = denying
    },
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

function respond(response: ServerResponse, callId: string): void {
  const call = {
    call_id: callId,
    customer_id: `customer of ${callId}`,
    duration_seconds: 61,
    completed_at: '2026-11-21T12:00:00.000Z',
  }
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(call))
}
