import type { Server } from 'node:http'

const LOOK_EVERY_MS = 100
/** Time for a request that is on its way, and for the last bytes of an answer. */
const QUIET_MS = 500

/**
 * Stops accepting, and resolves when all connections are closed, to whether a request had to be cut off for that. Node itself
 * closes only connections that have been used, and no longer times out the others: one that is silent would be waited for.
 */
export function stopServer(server: Server, isBusy: () => boolean, timeoutMs: number): Promise<boolean> {
  const startedAt = performance.now()
  let busyAt = startedAt
  let cutOff = false
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const now = performance.now()
      if (isBusy()) busyAt = now
      cutOff = isBusy() && now - startedAt >= timeoutMs
      if (cutOff || now - busyAt >= QUIET_MS) server.closeAllConnections()
    }, LOOK_EVERY_MS)
    server.close(() => {
      clearInterval(timer)
      resolve(cutOff)
    })
  })
}
