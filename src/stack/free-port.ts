import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'

export const LOOPBACK = '127.0.0.1'

/** Below the range from which Linux, macOS and Windows lend ports to outgoing connections: nobody gets one of these by chance. */
const UNLENT = { from: 20_000, to: 32_000 }

/** `wanted` itself when nothing listens there on loopback; when `wanted` is 0 any free port, which this process alone gets. Throws a sentence naming `what` when the port is taken. */
export async function freePort(wanted: number, what: string): Promise<number> {
  if (wanted === 0) return freshPort()
  if (await isFree(wanted)) return wanted
  throw new Error(
    `Port ${wanted} is taken: ${what} cannot listen on it. Stop what listens there, or choose another port.`,
  )
}

async function freshPort(): Promise<number> {
  for (;;) {
    const port = randomInt(UNLENT.from, UNLENT.to)
    if ((await reserve(port)) && (await isFree(port))) return port
  }
}

/**
 * Whoever asks for a port listens on it only later, and others ask meanwhile. The UDP port of the same number, which nobody here
 * uses, is held for as long as the process lives: the kernel gives it to one, and takes it back from the dead.
 */
const reserve = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = createSocket('udp4')
    socket.once('error', () => {
      socket.close()
      resolve(false)
    })
    socket.bind({ port, address: LOOPBACK, exclusive: true }, () => {
      socket.unref()
      resolve(true)
    })
  })

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false)
      else reject(error)
    })
    probe.listen({ port, host: LOOPBACK }, () => probe.close(() => resolve(true)))
  })
