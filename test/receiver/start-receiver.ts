import { createReceiver, type Receiver, type ReceiverOptions } from '../../src/receiver/receiver.ts'
import type { ReceiverSettings } from '../../src/receiver/settings.ts'
import { type Inbox, createInbox } from '../../src/storage/inbox.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { type Receipt, type ReceiptLog, createReceiptLog } from '../../src/storage/receipts.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { type Metrics, createMetrics } from '../../src/telemetry/metrics.ts'
import { testSource } from './webhooks.ts'

export interface TestReceiver extends Receiver {
  port: number
  metrics: Metrics
  inbox: Inbox
  receipts: ReceiptLog
  /** Every line of the log so far, as written and as read. */
  log: { text(): string; lines(): Record<string, unknown>[] }
}

export type TestReceiverOptions = Partial<Omit<ReceiverOptions, 'settings'>> & {
  /** Stores what is accepted. Without one, and without an inbox, everything is new and forgotten. */
  pool?: Pool
  settings?: Partial<ReceiverSettings>
}

const SETTINGS: ReceiverSettings = {
  bindAddress: '127.0.0.1',
  port: 0,
  publicUrl: 'https://hooks.example.com',
  isProduction: false,
  trustedProxies: [],
  rateLimitPerIp: 100,
  maxInFlight: 2_000,
  maxInFlightBytes: 64 * 1024 * 1024,
  bodyTimeoutMs: 10_000,
  retentionDays: 90,
  closeTimeoutMs: 5_000,
}

/** The production app on a free port; the caller closes it. */
export async function startReceiver(options: TestReceiverOptions = {}): Promise<TestReceiver> {
  const { pool, settings, ...rest } = options
  const written: string[] = []
  const parts = {
    sources: [testSource()],
    inbox: pool === undefined ? forgetfulInbox() : createInbox({ pool }),
    receipts: pool === undefined ? recordedReceipts() : createReceiptLog(pool, () => undefined),
    metrics: createMetrics(),
    logger: createLogger({
      level: 'debug',
      name: 'receiver',
      destination: { write: (line) => void written.push(line) },
    }),
    health: [],
    ...rest,
  }
  const receiver = createReceiver({ ...parts, settings: { ...SETTINGS, ...settings } })
  const text = (): string => written.join('')
  const lines = (): Record<string, unknown>[] => written.map((line) => JSON.parse(line) as Record<string, unknown>)
  return { ...receiver, ...parts, port: await receiver.listen(), log: { text, lines } }
}

const forgetfulInbox = (): Inbox => inboxThat(({ eventId }) => Promise.resolve({ acceptance: 'new', key: eventId }))

/** An inbox without a database, where `accept` decides on each event. */
export const inboxThat = (accept: Inbox['accept']): Inbox => ({
  accept,
  acceptAll: (events) => Promise.all(events.map((event) => accept(event))),
  pending: 0,
  drain: () => Promise.resolve(),
})

export function recordedReceipts(): ReceiptLog & { recorded: Receipt[] } {
  const recorded: Receipt[] = []
  return { recorded, record: (receipt) => void recorded.push(receipt), dropped: 0, flush: () => Promise.resolve() }
}
