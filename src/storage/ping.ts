import type { Executor } from './pool.ts'

/** Resolves to true when the database answers, and rejects when it does not. */
export async function ping(executor: Executor): Promise<true> {
  await executor.query('select')
  return true
}
