import Koa from 'koa'
import type { Source } from '../providers/source.ts'
import type { Inbox } from '../storage/inbox.ts'
import type { QuarantineLog } from '../storage/quarantine-log.ts'
import type { ReceiptLog } from '../storage/receipts.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { acceptWebhook } from './accept.ts'
import { allowAddresses } from './allow-addresses.ts'
import { answerErrors } from './answer-errors.ts'
import { createCidrList } from './cidr-list.ts'
import { createClientReader } from './client-address.ts'
import { errorFacts } from './error-facts.ts'
import { type HealthCheck, answerHealth } from './health.ts'
import { createHookPaths, findHook } from './hook-paths.ts'
import { endConnections } from './end-connections.ts'
import type { InFlight } from './in-flight.ts'
import { limitPerAddress, limitPerSource } from './limit-requests.ts'
import { observe } from './observe.ts'
import { checkMediaType, checkMethod } from './request-checks.ts'
import type { HookState } from './request-state.ts'
import type { ReceiverSettings } from './settings.ts'
import { requireClientCertificate, requireHttps } from './transport.ts'

export interface AppOptions {
  sources: readonly Source[]
  inbox: Inbox
  receipts: ReceiptLog
  quarantine?: QuarantineLog
  metrics: Metrics
  logger: Logger
  settings: ReceiverSettings
  health: readonly HealthCheck[]
  inFlight: InFlight
  /** The wall clock. */
  now: () => Date
  isClosing: () => boolean
}

/** The way of a request, from top to bottom. The same in development and in production, but for `requireHttps`. */
export function createApp(options: AppOptions): Koa {
  const { sources, settings, logger, isClosing } = options
  const readClient = createClientReader(createCidrList(settings.trustedProxies))
  // The burst lets genuine traffic meet the in-flight bound first, even while all of it is still unverified.
  const addressLimit = limitPerAddress({ perSecond: settings.rateLimitPerIp, burst: settings.maxInFlight })
  const app = new Koa()
  app.on('error', (error: unknown) => logger.warn({ err: errorFacts(error) }, 'webhook.answer_lost'))
  app.use(endConnections(isClosing))
  app.use(observe({ ...options, readClient }))
  app.use(answerErrors)
  app.use(answerHealth(options.health))
  if (settings.isProduction) app.use(requireHttps)
  if (settings.tls?.clientCa !== undefined) app.use(requireClientCertificate)
  app.use(addressLimit.middleware)
  app.use(findHook(createHookPaths(sources)))
  app.use<HookState>(allowAddresses(sources))
  app.use<HookState>(limitPerSource(sources))
  app.use<HookState>(checkMethod)
  app.use<HookState>(checkMediaType)
  app.use<HookState>(
    acceptWebhook({
      ...options,
      ...settings,
      publicUrl: settings.publicUrl.replace(/\/$/, ''),
      onVerified: ({ client }) => addressLimit.giveBack(client.address),
    }),
  )
  return app
}
