import type { Executor } from './pool.ts'
import type { RunKey } from './runs.ts'

const RUN = 'key = $1 and handler = $2 and attempt = $3'

/** The run's workflow tasks fail again and again: it counts as stuck from now on, unless it does already. */
export async function markStuck(executor: Executor, { key, handler, attempt }: RunKey): Promise<void> {
  await executor.query(`update posthorn.open_runs set stuck_since = coalesce(stuck_since, now()) where ${RUN}`, [
    key,
    handler,
    attempt,
  ])
}

/** The run goes on again. */
export async function clearStuck(executor: Executor, { key, handler, attempt }: RunKey): Promise<void> {
  await executor.query(`update posthorn.open_runs set stuck_since = null where ${RUN}`, [key, handler, attempt])
}
