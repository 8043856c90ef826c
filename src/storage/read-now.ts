import type { Executor } from './pool.ts'

/** The time by the database's clock, which all processes share. */
export async function readNow(executor: Executor): Promise<Date> {
  const { rows } = await executor.query<{ now: Date }>('select now()')
  return (rows[0] as { now: Date }).now
}
