import type { EntityRef, EventRef } from '../domain/event.ts'
import { findEntity, recentAbsences } from '../storage/entities.ts'
import type { Pool } from '../storage/pool.ts'
import { areDeletionsBelieved } from '../storage/believed-deletions.ts'

export interface Absence {
  pool: Pool
  event: EventRef & { entity: EntityRef }
  attempt: number
  probe: () => Promise<void>
  /** An alarm: tombstones by absence have stopped for this source. */
  onHalt: (source: string, count: number) => void
}

/** The provider may announce an entity before its API shows it: so many reads must find nothing. */
const READS_BEFORE_ABSENT = 3
const REREAD_AFTER_MS = 2_000
/** So many tombstones in five minutes look like a lost permission, not like so many deletions, unless a person says that they are. */
const MAX_ABSENCES = 20
const ABSENCE_WINDOW_SECONDS = 300

/** Not found, but not yet long enough to believe it. */
export class NotFoundYetError extends Error {
  override readonly name = 'NotFoundYetError'
  readonly retryAfterMs = REREAD_AFTER_MS
}

/** Too many entities vanished at once. */
export class TombstonesHaltedError extends Error {
  override readonly name = 'TombstonesHaltedError'
}

/**
 * Returns when a 404 may be believed: it persisted, the credential still works, and few others vanished lately, or it was believed before,
 * or a person believes it.
 * @throws NotFoundYetError, TombstonesHaltedError, or ApiError from the probe.
 */
export async function buryAbsent({ pool, event, attempt, probe, onHalt }: Absence): Promise<void> {
  if (attempt < READS_BEFORE_ABSENT)
    throw new NotFoundYetError(`${event.entity.kind} ${event.entity.id} is not found yet`)
  await probe()
  const absences = await recentAbsences(pool, event.source, ABSENCE_WINDOW_SECONDS)
  if (absences < MAX_ABSENCES || (await areDeletionsBelieved(pool, event.source))) return
  if ((await findEntity(pool, event.source, event.entity))?.deletedBy !== undefined) return
  onHalt(event.source, absences)
  throw new TombstonesHaltedError(
    `${absences} entities of ${event.source} vanished within five minutes: check what its API token may see, then replay. If they are deleted: posthorn reconcile believe-deletions ${event.source} --reason '…'.`,
  )
}
