import type { Executor } from './pool.ts'

/** Resolves to true when the database answers, and rejects when it does not. */
export async function ping(executor: Executor): Promise<true> {
  await executor.query('select')
  return true
}

/** Resolves to whether the database takes writes: a server that has been replaced may still answer. */
export async function isWritable(executor: Executor): Promise<boolean> {
  const { rows } = await executor.query<{ writable: boolean }>(
    `select current_setting('transaction_read_only') = 'off' as writable`,
  )
  return rows[0]?.writable ?? false
}
