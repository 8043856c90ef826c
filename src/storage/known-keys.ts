import type { Executor } from './pool.ts'

/** Which of these event keys the inbox holds. */
export async function knownKeys(executor: Executor, keys: readonly string[]): Promise<Set<string>> {
  const { rows } = await executor.query<{ key: string }>({
    name: 'known-keys',
    text: 'select key from posthorn.events where key = any($1::uuid[])',
    values: [keys],
  })
  return new Set(rows.map((row) => row.key))
}
