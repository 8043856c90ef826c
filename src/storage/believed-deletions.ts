import type { Executor } from './pool.ts'

/** Believes for so many seconds that many entities of a source may be gone at once. Returns until when. */
export async function believeDeletions(
  executor: Executor,
  { source, seconds }: { source: string; seconds: number },
): Promise<Date> {
  const { rows } = await executor.query<{ until: Date }>(
    `insert into posthorn.believed_deletions as known (source, until) values ($1, now() + $2 * interval '1 second')
     on conflict (source) do update set until = greatest(known.until, excluded.until) returning until`,
    [source, seconds],
  )
  return (rows[0] as { until: Date }).until
}

export async function areDeletionsBelieved(executor: Executor, source: string): Promise<boolean> {
  const { rowCount } = await executor.query(
    'select from posthorn.believed_deletions where source = $1 and until > now()',
    [source],
  )
  return rowCount === 1
}
