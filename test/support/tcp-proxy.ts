import { once } from 'node:events'
import { type AddressInfo, type Socket, connect, createServer } from 'node:net'

export interface TcpProxy {
  port: number
  /** Bytes stop flowing in both directions; connections stay. */
  freeze(): void
  /** Only the answers of the server behind stop flowing. */
  holdAnswers(): void
  thaw(): void
  /** Ends every connection and refuses new ones until `accept`. */
  refuse(): void
  accept(): void
  close(): Promise<void>
}

/** Stands between a client and a server on loopback, and breaks the network between them on command. */
export async function createTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const pairs = new Set<{ client: Socket; server: Socket }>()
  let isFrozen = false
  let isHolding = false
  let isRefusing = false

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
    from.on('data', (bytes) => {
      to.write(bytes)
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

  listener.listen(0, '127.0.0.1')
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
    refuse() {
      isRefusing = true
      for (const { client, server } of pairs) {
        client.destroy()
        server.destroy()
      }
    },
    accept() {
      isRefusing = false
    },
    async close() {
      for (const { client, server } of pairs) {
        client.destroy()
        server.destroy()
      }
      listener.close()
      await once(listener, 'close')
    },
  }
}
