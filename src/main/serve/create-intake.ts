import type { Source } from '../../providers/source.ts'
import { createAbsorbingInbox } from '../../receiver/absorbing-inbox.ts'
import type { ReceiverOptions } from '../../receiver/receiver.ts'
import type { Keyring } from '../../sealing/keyring.ts'
import { createInbox } from '../../storage/inbox.ts'
import { isWritable } from '../../storage/ping.ts'
import type { Pool } from '../../storage/pool.ts'
import { createQuarantineLog } from '../../storage/quarantine-log.ts'
import { createReceiptLog } from '../../storage/receipts.ts'
import { createWakeUp } from '../../storage/wake-up.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import type { Absorber } from './absorber.ts'

export interface IntakeParts {
  pool: Pool
  sources: readonly Source[]
  /** Undefined where no source absorbs. */
  absorber: Absorber | undefined
  /** Undefined where the installation has no key: then nothing is quarantined. */
  keyring: Keyring | undefined
  metrics: Metrics
  logger: Logger
}

/** Where what the receiver takes in goes, and what its health depends on. */
export function createIntake(
  parts: IntakeParts,
): Pick<ReceiverOptions, 'inbox' | 'receipts' | 'quarantine' | 'health'> {
  const { pool, keyring, absorber, metrics, logger } = parts
  return {
    inbox: createInboxes(parts),
    receipts: createReceiptLog(pool, (count, error) => {
      metrics.receiptsDropped.inc(count)
      logger.warn({ count, err: error }, 'receipts.dropped')
    }),
    ...(keyring !== undefined && {
      quarantine: createQuarantineLog({
        pool,
        keyring,
        onError: (error) => logger.warn({ err: error }, 'quarantine.not_kept'),
      }),
    }),
    health: [
      { name: 'postgres', keepsEvents: true, check: () => isWritable(pool) },
      ...(absorber === undefined ? [] : [{ name: 'temporal', keepsEvents: true, check: absorber.isUp }]),
    ],
  }
}

function createInboxes({ pool, sources, absorber, metrics }: IntakeParts): ReceiverOptions['inbox'] {
  const inbox = createInbox({
    pool,
    onCommitted: createWakeUp(pool),
    onFlush: ({ events }) => metrics.flushEvents.observe(events),
  })
  if (absorber === undefined) return inbox
  const absorbing = sources.flatMap(({ id, absorb }) => (absorb === true ? [id] : []))
  // For Prometheus, a counter that is there for the first time has not increased.
  for (const source of absorbing) metrics.absorbed.inc({ source, result: 'absorbed' }, 0)
  return createAbsorbingInbox({
    inbox,
    sources: new Set(absorbing),
    absorb: absorber.absorb,
    onAbsorbed: ({ source }, result) => metrics.absorbed.inc({ source, result }),
  })
}
