import type pg from 'pg'
import type { Executor } from './pool.ts'

/**
 * A detachment waits for every older transaction on its table, the files of a day take their time to go, and lists may be long. Locks
 * that others queue behind are not waited for as long: `lock_timeout` is apart from this.
 */
export const PATIENCE_MS = 300_000

/** Waits for as long as Postgres does on a session whose statement_timeout is `PATIENCE_MS`: it gives up first. */
export function patiently<Row extends pg.QueryResultRow>(
  executor: Executor,
  text: string,
  values: unknown[] = [],
): Promise<pg.QueryResult<Row>> {
  const statement = { text, values, query_timeout: PATIENCE_MS + 2_000 }
  return executor.query<Row>(statement)
}
