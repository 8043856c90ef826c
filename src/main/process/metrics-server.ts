import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Registry } from 'prom-client'
import { explainListen } from './explain-listen.ts'
import type { PortPlan } from './ports.ts'

export interface MetricsServerOptions {
  registry: Registry
  place: PortPlan
  /** Brings figures up to date that are read, not counted. */
  refresh?: () => Promise<void>
}

export interface MetricsServer {
  url: string
  close(): Promise<void>
}

/**
 * Serves `/metrics` on a port of its own, away from what the world can reach.
 * @throws CommandError when the port cannot be had.
 */
export async function startMetricsServer(options: MetricsServerOptions): Promise<MetricsServer> {
  const { registry, place, refresh } = options
  const server = createServer((request, response) => {
    void answer(request.url === '/metrics').then(
      ({ status, text }) => response.writeHead(status, { 'content-type': registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    )
  })

  async function answer(isMetrics: boolean): Promise<{ status: number; text: string }> {
    if (!isMetrics) return { status: 404, text: 'Metrics are at /metrics.\n' }
    // Figures of a database that is away are missing or old; the others still tell of it.
    await refresh?.().catch(() => undefined)
    return { status: 200, text: await registry.metrics() }
  }

  server.listen({ host: place.host, port: place.port })
  await once(server, 'listening').catch(async (error: unknown) => {
    throw await explainListen(error, place)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://${place.host}:${port}/metrics`,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
