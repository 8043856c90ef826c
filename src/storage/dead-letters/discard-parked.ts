import type { Executor } from '../pool.ts'

/** What was parked: the run of one handler, or the whole event where it had not been routed. */
export interface ParkedRun {
  handler: string | null
  code: string
}

/**
 * Takes an event out of the parked for good; with a handler only where it is parked for that one. Undefined where it is not. Lock the event
 * first, and see that no run of it is queued or open.
 */
export async function discardParked(
  tx: Executor,
  key: string,
  handler: string | undefined,
): Promise<ParkedRun | undefined> {
  const { rows } = await tx.query<ParkedRun>(
    `delete from posthorn.parked where key = $1 and ($2::text is null or handler = $2) returning handler, code`,
    [key, handler],
  )
  return rows[0]
}

/** The state of an event that is parked no more: another run of it may still be dead. A kept body goes where none is. */
export async function settleParked(tx: Executor, key: string): Promise<void> {
  await tx.query(
    `with dead as (
       select min(code) as code from posthorn.dead_letters where key = $1
     ), settled as (
       update posthorn.events e set state = case when dead.code is null then 'ignored' else 'dead' end,
         state_reason = coalesce(dead.code, 'discarded'), state_at = now()
       from dead where e.key = $1 and e.state = 'parked' returning e.key, e.state
     )
     delete from posthorn.kept_bodies k using settled where k.key = settled.key and settled.state = 'ignored'`,
    [key],
  )
}
