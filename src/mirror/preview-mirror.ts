import type { EntityRef, EventRef } from '../domain/event.ts'
import { type FieldDifference, fieldDifferences } from '../domain/field-differences.ts'
import type { Source } from '../providers/source.ts'
import { type StoredEntity, findEntity } from '../storage/entities.ts'
import type { Executor } from '../storage/pool.ts'
import { findBody } from '../storage/stored-event.ts'
import type { CanonicalReaders } from './canonical-readers.ts'

/** What a run of the mirror would do to an entity now. */
export interface MirrorPreview {
  source: string
  entity: EntityRef
  /** `absent`: not found now, which makes a tombstone only if it persists. `unknown`: it could not be read. */
  change: 'none' | 'new' | 'changed' | 'absent' | 'unknown'
  /** Of a changed entity; the first ones. */
  fields: FieldDifference[]
  /** Why it is unknown. */
  problem?: string
}

export interface MirrorPreviewOptions {
  executor: Executor
  sources: ReadonlyMap<string, Source>
  readers: CanonicalReaders
  /** Entities to read at most. */
  maxEntities: number
  /** No read begins later than this. Milliseconds. */
  budgetMs: number
}

const MAX_FIELDS = 20

/** Whether a replay of this event's run would touch the mirror. */
export function mirrors(source: Source | undefined, event: { entity?: EntityRef }, handler: string | null): boolean {
  if (source === undefined || event.entity === undefined) return false
  const { canonical } = source.provider
  const isReadable = 'view' in canonical || canonical.kinds.includes(event.entity.kind)
  // An event that never ran is routed like a new one: the mirror runs beside its handler.
  return isReadable && (handler === 'mirror' || (handler === null && source.mirror))
}

/** Compares what the provider says now with what is mirrored, one entity after the other. Nothing is written to the mirror. */
export async function previewMirror(
  events: readonly EventRef[],
  options: MirrorPreviewOptions,
): Promise<MirrorPreview[]> {
  const endsAt = performance.now() + options.budgetMs
  const previews: MirrorPreview[] = []
  const seen = new Set<string>()
  for (const event of events) {
    const { source, entity } = event
    if (entity === undefined || seen.has(`${source}/${entity.kind}/${entity.id}`)) continue
    if (seen.size >= options.maxEntities || performance.now() > endsAt) break
    seen.add(`${source}/${entity.kind}/${entity.id}`)
    previews.push({ source, entity, fields: [], ...(await previewEntity(options, { ...event, entity })) })
  }
  return previews
}

type Change = Pick<MirrorPreview, 'change'> & Partial<MirrorPreview>

async function previewEntity(options: MirrorPreviewOptions, event: EventRef & { entity: EntityRef }): Promise<Change> {
  try {
    const view = await readView(options, event)
    if (view === undefined) return { change: 'unknown', problem: 'the event carries no state' }
    const mirrored = await findEntity(options.executor, event.source, event.entity)
    return compare(mirrored, view)
  } catch (error) {
    return { change: 'unknown', problem: (error as Error).message }
  }
}

type View = { found: true; state: unknown; version?: bigint } | { found: false }

async function readView(
  { executor, sources, readers }: MirrorPreviewOptions,
  event: EventRef,
): Promise<View | undefined> {
  const canonical = sources.get(event.source)?.provider.canonical
  if (canonical === undefined || !('view' in canonical)) return readers.read(event)
  const stored = await findBody(executor, event.key)
  const view = stored && canonical.view(stored.body)
  return view && { found: true, ...view }
}

function compare(mirrored: StoredEntity | undefined, view: View): Change {
  const isThere = mirrored !== undefined && mirrored.deletedBy === undefined
  if (!view.found) return { change: isThere ? 'absent' : 'none' }
  if (mirrored !== undefined && isGuarded(mirrored, view.version)) return { change: 'none' }
  if (!isThere) return { change: 'new' }
  const fields = fieldDifferences(mirrored.state, view.state, MAX_FIELDS)
  return { change: fields.length === 0 ? 'none' : 'changed', fields }
}

/** The write would be refused: a newer view is there, or a person has had the entity erased. */
const isGuarded = (mirrored: StoredEntity, version: bigint | undefined): boolean =>
  mirrored.deletedBy === 'erasure' || (version !== undefined && version <= mirrored.version)
