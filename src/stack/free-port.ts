import { createServer, type AddressInfo } from 'node:net'

export const LOOPBACK = '127.0.0.1'

/** `wanted` itself when nothing listens there on loopback, any free port when `wanted` is 0. Throws a sentence naming `what` when the port is taken. */
export const freePort = (wanted: number, what: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE'
      reject(
        taken
          ? new Error(
              `Port ${wanted} is taken: ${what} cannot listen on it. Stop what listens there, or choose another port.`,
            )
          : error,
      )
    })
    probe.listen({ port: wanted, host: LOOPBACK }, () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
