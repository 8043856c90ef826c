import { leaveLanesParked } from './lanes.ts'
import { type Pool, transaction } from './pool.ts'
import { type Claim, leasedRow } from './queue.ts'
import { lockEvents } from './settle.ts'
import { toStorableText } from './storable-text.ts'

const PARK = `
  with taken as (
    delete from posthorn.queue where (source, priority, seq, lease) = ($1, $2::smallint, $3::bigint, $4::uuid) returning key, handler, attempt
  ), marked as (
    update posthorn.events e set state = 'parked', state_reason = $5, state_at = now()
    from taken where e.key = taken.key and e.state in ('received', 'dispatched', 'ignored') returning e.key, e.source, taken.handler, taken.attempt
  )
  insert into posthorn.parked (key, source, code, detail, handler, attempt)
  select key, source, $5, $6, handler, attempt from marked on conflict do nothing returning key`

/**
 * The event does not fit its schema: it is kept, shown and counted, and replayed by a person. So is history, which is `ignored` and
 * queued for the mirror alone. What waits behind it in a lane does not wait for that.
 */
export async function markParked(pool: Pool, claim: Claim, why: { code: string; detail: string }): Promise<void> {
  const { source, priority, seq, lease } = leasedRow(claim)
  await transaction(pool, async (tx) => {
    await lockEvents(tx, [claim.event.key])
    const values = [source, priority, seq, lease, why.code, toStorableText(why.detail, 2000)]
    const { rowCount } = await tx.query(PARK, values)
    if (rowCount === 1) await leaveLanesParked(tx, claim)
  })
}
