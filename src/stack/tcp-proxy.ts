import { once } from 'node:events'
import { type AddressInfo, type Socket, connect, createServer } from 'node:net'
import { LOOPBACK } from './free-port.ts'

export interface TcpProxy {
  port: number
  /** Bytes stop flowing in both directions; connections stay. */
  freeze(): void
  /** Only the answers of the server behind stop flowing. */
  holdAnswers(): void
  thaw(): void
  /** From now on bytes arrive so much later, in both directions. Milliseconds. */
  delay(ms: number): void
  /** Ends every connection and refuses new ones until `accept`. */
  refuse(): void
  accept(): void
  close(): Promise<void>
}

interface Pair {
  client: Socket
  server: Socket
}

/** Stands between a client and a server on this machine, and breaks the network between them on command. */
export async function createTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const pairs = new Set<Pair>()
  let isFrozen = false
  let isHolding = false
  let isRefusing = false
  let latencyMs = 0

  const listener = createServer((client) => {
    if (isRefusing) return void client.destroy()
    const pair = { client, server: connect(target) }
    pairs.add(pair)
    pass(client, pair.server, () => isFrozen)
    pass(pair.server, client, () => isFrozen || isHolding)
    const end = () => {
      pairs.delete(pair)
      client.destroy()
      pair.server.destroy()
    }
    for (const socket of [client, pair.server]) socket.on('error', end).on('close', end)
  })

  function pass(from: Socket, to: Socket, isStopped: () => boolean): void {
    // Timers may overtake each other by a millisecond; bytes must not.
    const late: Buffer[] = []
    from.on('data', (bytes: Buffer) => {
      if (latencyMs === 0 && late.length === 0) return void to.write(bytes)
      late.push(bytes)
      setTimeout(() => to.write(late.shift() as Buffer), latencyMs)
    })
    if (isStopped()) from.pause()
  }

  function stopFlow(): void {
    for (const { client, server } of pairs) {
      if (isFrozen) client.pause()
      else client.resume()
      if (isFrozen || isHolding) server.pause()
      else server.resume()
    }
  }

  function cut(): void {
    for (const { client, server } of pairs) {
      client.destroy()
      server.destroy()
    }
  }

  listener.listen(0, LOOPBACK)
  await once(listener, 'listening')
  return {
    port: (listener.address() as AddressInfo).port,
    freeze() {
      isFrozen = true
      stopFlow()
    },
    holdAnswers() {
      isHolding = true
      stopFlow()
    },
    thaw() {
      isFrozen = false
      isHolding = false
      stopFlow()
    },
    delay(ms) {
      latencyMs = ms
    },
    refuse() {
      isRefusing = true
      cut()
    },
    accept() {
      isRefusing = false
    },
    async close() {
      cut()
      listener.close()
      await once(listener, 'close')
    },
  }
}
