import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type Koa from 'koa'
import { type AppOptions, createApp } from './app.ts'
import { createInFlight } from './in-flight.ts'
import { createServer } from './server.ts'
import { stopServer } from './stop-server.ts'

export type ReceiverOptions = Omit<AppOptions, 'now' | 'inFlight' | 'isClosing'> & {
  /** The wall clock. Default: the system's. */
  now?: () => Date
}

export interface Receiver {
  server: Server
  app: Koa
  /** Resolves to the port, once requests are accepted. */
  listen(): Promise<number>
  /**
   * Stops accepting, answers what is in flight, and resolves when everything accepted is durable. Requests that take longer
   * than `closeTimeoutMs` are cut off unanswered: their senders will send again.
   */
  close(): Promise<void>
}

/** The receiver: verifies webhooks, makes them durable, and acknowledges them. */
export function createReceiver(options: ReceiverOptions): Receiver {
  const { settings, inbox, receipts, metrics, logger } = options
  let closing = false
  const inFlight = createInFlight(settings, metrics.inFlight)
  const app = createApp({ now: () => new Date(), ...options, inFlight, isClosing: () => closing })
  const handle = app.callback()
  const server = createServer(
    (request, response) => void handle(request, response),
    settings,
    (code) => {
      metrics.receipts.inc({ source: 'unknown', verdict: 'refused', code })
    },
  )
  return {
    server,
    app,
    listen: () => listen(server, settings.port, settings.bindAddress),
    async close() {
      closing = true
      const cutOff = await stopServer(server, () => inFlight.requests > 0, settings.closeTimeoutMs)
      if (cutOff) logger.warn('webhook.cut_off')
      await inbox.drain()
      await receipts.flush()
      await options.quarantine?.flush()
    },
  }
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve((server.address() as AddressInfo).port)
    })
  })
}
