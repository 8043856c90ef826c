import { recordAudit } from './audit-log.ts'
import { type Executor, type Pool, transaction } from './pool.ts'

export interface Restored {
  /** Canonical reads are numbered above this. */
  fetchSequence: string
  /** Of the configured sources, those that the backup does not know: it is older than their connection. */
  unknownSources: string[]
}

/**
 * Makes good what a restored database cannot know. The sequence of canonical reads goes above whatever was drawn before the restore:
 * versions that stand in other databases would refuse what is read from now on. Milliseconds since 1970 are ahead of any number of
 * reads, and a second restore, to a time before this one, finds a higher number all the same. And every open run is asked after anew.
 */
export async function noteRestored(
  pool: Pool,
  { sources, actor }: { sources: readonly string[]; actor: string },
): Promise<Restored> {
  return transaction(pool, async (tx) => {
    const { rows } = await tx.query<{ setval: string }>(
      `select setval('posthorn.fetch_sequence', greatest(
         nextval('posthorn.fetch_sequence'), (extract(epoch from clock_timestamp()) * 1000)::bigint))`,
    )
    const { setval: fetchSequence } = rows[0] as { setval: string }
    await tx.query('update posthorn.open_runs set checks = 0, check_at = now()')
    const unknown = await tx.query<{ id: string }>(
      'select id from unnest($1::text[]) as id where id not in (select id from posthorn.sources) order by id',
      [sources],
    )
    const unknownSources = unknown.rows.map(({ id }) => id)
    await recordAudit(tx, { actor, action: 'database.restored', target: {}, detail: { fetchSequence, unknownSources } })
    return { fetchSequence, unknownSources }
  })
}

/** More are not counted. */
const COUNTED_RUNS = 10_000

/**
 * How many runs of events that came at least `agoMs` ago are still to be settled, by source: queued, held by a paused route, waiting in
 * a lane, or not yet compared with Temporal. What Temporal has said to be open does not count, for it may stay so for weeks, nor does
 * what stands in a lane behind that or behind a dead letter.
 */
export async function countUnsettled(
  executor: Executor,
  { agoMs, source }: { agoMs: number; source: string | undefined },
): Promise<Map<string, number>> {
  const { rows } = await executor.query<{ source: string; runs: number }>(
    `select source, count(*)::integer as runs from (
       select e.source from (
         select key from posthorn.queue
         union all select key from posthorn.held_runs
         union all select key from posthorn.lane_entries l where state = 'waiting' and not exists (
           select from posthorn.lane_entries head left join posthorn.open_runs o using (key)
           where head.lane = l.lane and (head.state = 'blocked' or head.state = 'running' and o.checks > 0))
         union all select key from posthorn.open_runs where checks = 0
       ) unsettled join posthorn.events e using (key)
       where e.received_at <= now() - $1 * interval '1 millisecond' and ($2::text is null or e.source = $2) limit ${COUNTED_RUNS}
     ) counted group by source order by source`,
    [agoMs, source],
  )
  return new Map(rows.map((row) => [row.source, row.runs]))
}
