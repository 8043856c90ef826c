import { type Accepted, type Inbox, createInbox } from '../../src/storage/inbox.ts'
import { flushRequests } from '../../src/storage/inbox-flush.ts'
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
  const accepted = Promise.resolve<Accepted>({ acceptance: 'new', key: '' })
  const accept: Inbox['accept'] = mode === 'none' ? () => accepted : (event) => insertAlone(pool, toStorable(event))
  return { accept, acceptAll: (events) => Promise.all(events.map(accept)), pending: 0, drain: () => Promise.resolve() }
}

/** The same rows as the product writes, in a transaction of their own. */
async function insertAlone(pool: Pool, event: ReturnType<typeof toStorable>): Promise<Accepted> {
  const [result] = await flushRequests(pool, [[event]])
  if (result instanceof Error) throw result
  const [accepted] = result ?? []
  if (accepted === undefined) throw new Error('the flush answered nothing')
  return accepted
}
