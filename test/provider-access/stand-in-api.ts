import { once } from 'node:events'
import { type Server, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a provider's API answers; undefined: nothing at all, until the test releases it. */
export type Answer = { status: number; headers?: Record<string, string>; body?: unknown } | undefined

export interface StandInApi {
  url: string
  /** Paths that were asked for, in order. */
  readonly asked: string[]
  /** From now on. */
  answer: (path: string) => Answer
  /** Answers what was left without one. */
  release(answer: Exclude<Answer, undefined>): void
  close(): void
}

/** A provider's API over HTTP that does as a test says. */
export async function startStandInApi(): Promise<StandInApi> {
  const asked: string[] = []
  let held: ServerResponse[] = []
  const server: Server = createServer((request, response) => {
    const path = request.url ?? ''
    asked.push(path)
    const answer = api.answer(path)
    if (answer === undefined) held.push(response)
    else write(response, answer)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const api: StandInApi = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    answer: () => ({ status: 200 }),
    release(answer) {
      for (const response of held) write(response, answer)
      held = []
    },
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
  return api
}

const write = (response: ServerResponse, { status, headers, body }: Exclude<Answer, undefined>): void =>
  void response.writeHead(status, headers).end(JSON.stringify(body ?? {}))
