/** The product's receiver in a process of its own, so that its memory is its own. Started by start-receiver.ts. */
import { readSettings } from '../../src/main/settings.ts'
import { toReceiverSettings } from '../../src/main/receiver-settings.ts'
import { stripe } from '../../src/providers/stripe/index.ts'
import type { Source } from '../../src/providers/source.ts'
import { createReceiver } from '../../src/receiver/receiver.ts'
import { createPool } from '../../src/storage/pool.ts'
import { createReceiptLog } from '../../src/storage/receipts.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { INSERT_CONNECTIONS, createModeInbox } from './mode-inbox.ts'
import type { ReceiverMessage, ReceiverOrder } from './start-receiver.ts'
import { HOOK_PATH } from './webhooks.ts'

const say = (message: ReceiverMessage): void => void process.send?.(message)

const source = (secret: string): Source => ({
  id: 'shop',
  name: 'shop',
  provider: stripe,
  path: HOOK_PATH,
  typeSuffix: false,
  secrets: [{ slot: 'current', value: secret }],
  mirror: false,
  taskQueue: 'unused',
  maxBodyBytes: 1_048_576,
  allowIps: [],
  onMissingId: 'derive',
  onMalformed: 'park',
})

/** As `posthorn serve` puts it together, with its default settings. */
async function listen({ mode, databaseUrl, secret }: ReceiverOrder): Promise<number> {
  const settings = readSettings({})
  const logger = createLogger({ level: settings.process.logLevel, name: 'receiver' })
  const metrics = createMetrics()
  const pool = createPool({
    url: databaseUrl,
    max: mode === 'insert' ? INSERT_CONNECTIONS : settings.postgres.ingestConnections,
    name: 'posthorn-ingest',
    onError: (error) => logger.error({ err: error }, 'postgres.connection_lost'),
  })
  const receiver = createReceiver({
    sources: [source(secret)],
    inbox: createModeInbox(mode, pool, metrics),
    receipts: createReceiptLog(pool, (count) => metrics.receiptsDropped.inc(count)),
    metrics,
    logger,
    settings: { ...(await toReceiverSettings(settings)), port: 0 },
    health: [],
  })
  return receiver.listen()
}

process.on('disconnect', () => process.exit())
process.on('message', () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
  say({ usage: { peakRssMb: maxRSS / 1_024, cpuMs: (userCPUTime + systemCPUTime) / 1_000 } })
})
const order = JSON.parse(process.argv[2] ?? '') as ReceiverOrder
await listen(order).then(
  (port) => say({ port }),
  (error: unknown) => say({ error: String(error) }),
)
