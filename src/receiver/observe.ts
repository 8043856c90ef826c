import type { Middleware } from 'koa'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { createClientReader } from './client-address.ts'
import type { RequestState } from './request-state.ts'

export interface ObserveOptions {
  logger: Logger
  metrics: Metrics
  readClient: ReturnType<typeof createClientReader>
}

/** Opens the request's line, and writes and counts it when the answer is known. */
export function observe(options: ObserveOptions): Middleware<RequestState> {
  return async (ctx, next) => {
    const startedAt = performance.now()
    const client = options.readClient(ctx.req)
    const state: RequestState = { client, level: 'info', line: {} }
    if (client.address !== undefined) state.line.remoteIp = client.address
    ctx.state = state
    await next()
    const seconds = (performance.now() - startedAt) / 1_000
    state.line.status = ctx.status
    state.line.durationMs = Math.round(seconds * 1e6) / 1e3
    write(options.logger, state)
    count(options.metrics, state, seconds)
  }
}

function write(logger: Logger, { line, level }: RequestState): void {
  if (line.verdict === undefined) logger.debug(line, 'webhook.probed')
  else logger[level](line, line.verdict === 'refused' ? 'webhook.refused' : 'webhook.accepted')
}

function count(metrics: Metrics, { line }: RequestState, seconds: number): void {
  const { verdict, code = '', source = 'unknown', status = 0, secretSlot } = line
  if (verdict === undefined) return
  metrics.receipts.inc({ source, verdict, code })
  metrics.ackSeconds.observe({ source, status: `${Math.floor(status / 100)}xx` }, seconds)
  if (secretSlot !== undefined && secretSlot !== 'current') metrics.rotatedSecret.inc({ source, slot: secretSlot })
}
