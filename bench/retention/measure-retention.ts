import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { createRetention } from '../../src/retention/retention.ts'
import type { Progress } from '../../src/stack/progress.ts'
import { ensurePartitions } from '../../src/storage/partitions.ts'
import { type Pool, createPool } from '../../src/storage/pool.ts'
import { type LoadResult, applyLoad } from '../ack/apply-load.ts'
import { startReceiver } from '../ack/start-receiver.ts'
import { prepareWebhooks } from '../ack/webhooks.ts'
import { rounded } from '../statistics.ts'
import { fillHistory } from './fill-history.ts'

export interface RetentionBenchOptions {
  /** Migrated and empty. */
  databaseUrl: string
  bodies: number
  perSecond: number
  connections: number
  /** How long is measured before retention begins, and how long after it has ended. */
  quietMs: number
  lingerMs: number
  /** More than retention may need: the load ends with it. */
  maxMs: number
  progress: Progress
}

/** Times of answers, in ms. */
interface Answers {
  p50: number
  p99: number
  max: number
}

export interface RetentionResult {
  bodies: number
  quiet: Answers
  during: Answers
  /** Answers measured while retention was at work, and shortly after. */
  answered: number
  /** How long each part of retention took, in seconds. */
  partitions_s: number
  events_s: number
  /** Bodies of dead letters that were moved, and event rows that were deleted. */
  kept: number
  deleted: number
}

const KEEP = { bodies: 30, receipts: 30, events: 90 }
/** Of the bodies, so many have an event row that has to be deleted, and so many are dead letters at most. */
const EVENTS_SHARE = 0.02
const MAX_DEAD = 1_000

/**
 * Acks flow at their pace, first alone, then while retention is at work.
 * @throws Error when the load ended before all that was to be measured had passed.
 */
export async function measureRetention(options: RetentionBenchOptions): Promise<RetentionResult> {
  const { databaseUrl, bodies, progress } = options
  const secret = `whsec_${randomBytes(24).toString('base64')}`
  const pool = createPool({ url: databaseUrl, max: 4, name: 'posthorn-bench', onError: () => undefined })
  try {
    await ensurePartitions(pool)
    const events = Math.ceil(bodies * EVENTS_SHARE)
    await fillHistory(databaseUrl, { bodies, events, dead: Math.min(MAX_DEAD, Math.ceil(events / 10)) }, progress)
    const receiver = await startReceiver({ mode: 'group', databaseUrl, secret })
    const load = (forMs: number, signal?: AbortSignal): Promise<LoadResult> => {
      const { connections, perSecond } = options
      const requests = prepareWebhooks(Math.ceil((perSecond * forMs) / 1_000), secret)
      return applyLoad({ port: receiver.port, connections, perSecond, requests, forMs, ...(signal && { signal }) })
    }
    try {
      await load(options.quietMs / 3)
      const quiet = toAnswers(await load(options.quietMs))
      progress(`quiet: ${JSON.stringify(quiet)}`)
      return { bodies, quiet, ...(await measureDuring(pool, load, options)) }
    } finally {
      await receiver.stop()
    }
  } finally {
    await pool.end()
  }
}

async function measureDuring(
  pool: Pool,
  load: (forMs: number, signal: AbortSignal) => Promise<LoadResult>,
  { lingerMs, maxMs, progress }: RetentionBenchOptions,
): Promise<Omit<RetentionResult, 'bodies' | 'quiet'>> {
  const ended = new AbortController()
  const loaded = load(maxMs, ended.signal)
  // Awaited below; where that is not reached, its end is nobody's concern.
  loaded.catch(() => undefined)
  const nothing = (): void => undefined
  const retention = createRetention({ pool, effectsPool: pool, days: KEEP, onRemoved: nothing, onFewAhead: nothing })
  const startedAt = performance.now()
  const { dropped } = await retention.partitions(nothing)
  const droppedAt = performance.now()
  progress(`dropped ${dropped.map(({ name }) => name).join(', ')}`)
  const { events } = await retention.events(nothing)
  const deletedAt = performance.now()
  progress(`deleted ${events} events`)
  // The files of a partition go, and pages are written, after the statement has ended.
  await delay(lingerMs)
  if (performance.now() - startedAt >= maxMs) {
    const measured = `retention took ${rounded((deletedAt - startedAt) / 1_000)} s and was to be watched for ${lingerMs / 1_000} s more`
    throw new Error(`${measured}, and acks flowed for ${maxMs / 1_000} s only`)
  }
  ended.abort()
  const result = await loaded
  return {
    during: toAnswers(result),
    answered: result.answered,
    partitions_s: rounded((droppedAt - startedAt) / 1_000),
    events_s: rounded((deletedAt - droppedAt) / 1_000),
    kept: dropped.reduce((sum, { kept }) => sum + kept, 0),
    deleted: events,
  }
}

const toAnswers = ({ p50, p99, max }: LoadResult): Answers => ({
  p50: rounded(p50),
  p99: rounded(p99),
  max: rounded(max),
})
