import { type Accepted, type Inbox, createInbox } from '../../src/storage/inbox.ts'
import { flushEvents } from '../../src/storage/inbox-flush.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { toStorable } from '../../src/storage/storable-event.ts'
import { createWakeUp } from '../../src/storage/wake-up.ts'
import type { Metrics } from '../../src/telemetry/metrics.ts'

/** What becomes of a verified event: nothing, an INSERT of its own, or what the product does. */
export const MODES = ['none', 'insert', 'group'] as const
export type Mode = (typeof MODES)[number]

/** Connections of `insert`. More make it no faster: they wait for the same disk and the same processor. */
export const INSERT_CONNECTIONS = 16

export function createModeInbox(mode: Mode, pool: Pool, metrics: Metrics): Inbox {
  if (mode === 'group') {
    const onFlush = ({ events }: { events: number }): void => metrics.flushEvents.observe(events)
    return createInbox({ pool, onCommitted: createWakeUp(pool), onFlush })
  }
  const idle = { pending: 0, drain: () => Promise.resolve() }
  if (mode === 'insert') return { ...idle, accept: (event) => insertAlone(pool, toStorable(event)) }
  const accepted = Promise.resolve<Accepted>({ acceptance: 'new', key: '' })
  return { ...idle, accept: () => accepted }
}

/** The same rows as the product writes, in a transaction of their own. */
async function insertAlone(pool: Pool, event: ReturnType<typeof toStorable>): Promise<Accepted> {
  const [result] = await flushEvents(pool, [event])
  if (result === undefined || result instanceof Error) throw result ?? new Error('the flush answered nothing')
  return result
}
