import { type EntityRef, type EventRef, type Outcome, ignored, processed } from '../domain/event.ts'
import { isReconciledEvent } from '../domain/reconciliation.ts'
import type { Provider } from '../providers/provider.ts'
import type { Source } from '../providers/source.ts'
import { nextFetchSequence, saveEntity } from '../storage/entities.ts'
import type { Pool } from '../storage/pool.ts'
import { findBody, loadBody } from '../storage/stored-event.ts'
import { type Absence, buryAbsent } from './absence.ts'
import type { CanonicalReaders } from './canonical-readers.ts'

export interface MirrorOptions {
  pool: Pool
  sources: ReadonlyMap<string, Source>
  readers: CanonicalReaders
  onHalt: Absence['onHalt']
}

/** Brings the mirror of the event's entity up to what the provider says now. `attempt` counts from 1. */
export type MirrorEntity = (event: EventRef, attempt: number) => Promise<Outcome>

export function createMirrorEntity({ pool, sources, readers, onHalt }: MirrorOptions): MirrorEntity {
  return async (event, attempt) => {
    const provider = sources.get(event.source)?.provider
    if (provider === undefined) throw new Error(`Source "${event.source}" is not configured here`)
    const { entity } = event
    if (entity === undefined) return ignored('no_entity')
    if ('view' in provider.canonical)
      return mirrorBody(pool, provider, { event, entity, view: provider.canonical.view })
    // Drawn before the request leaves: whoever asked later has the newer view, whichever answer comes first.
    const sequence = await nextFetchSequence(pool)
    const read = await readers.read(event)
    const view = { source: event.source, entity, eventKey: event.key }
    if (read.found) {
      return written(await saveEntity(pool, { ...view, version: read.version ?? sequence, state: read.state }))
    }
    const deletedBy = (await saysDeleted(pool, provider, event)) ? 'event' : 'absence'
    if (deletedBy === 'absence')
      await buryAbsent({ pool, event: { ...event, entity }, attempt, probe: () => readers.probe(event), onHalt })
    return written(await saveEntity(pool, { ...view, version: sequence, deletedBy }))
  }
}

const written = (saved: boolean): Outcome => (saved ? processed() : ignored('newer_view_present'))

async function mirrorBody(
  pool: Pool,
  provider: Provider,
  from: { event: EventRef; entity: EntityRef; view: (body: Buffer) => { state: unknown; version: bigint } | undefined },
): Promise<Outcome> {
  const { body } = await loadBody(pool, from.event.key)
  const view = from.view(body)
  // Without a sequence of its own there is no telling which of two bodies is the newer one.
  if (view === undefined) return ignored('no_sequence')
  const { event, entity } = from
  const { version, state } = view
  const content = (await saysDeleted(pool, provider, event)) ? { deletedBy: 'event' as const } : { state }
  return written(await saveEntity(pool, { source: event.source, entity, eventKey: event.key, version, ...content }))
}

/** Whether the event itself, as received, says that its entity is gone. Erased bytes say nothing, and neither does a synthetic event. */
async function saysDeleted(pool: Pool, provider: Provider, event: EventRef): Promise<boolean> {
  if (isReconciledEvent(event.eventId)) return false
  const stored = await findBody(pool, event.key)
  if (stored === undefined) return false
  const identified = provider.identify({ method: 'POST', url: '', ...stored })
  return identified.some(
    (one) => one.type === event.type && one.entity?.id === event.entity?.id && one.deletes === true,
  )
}
