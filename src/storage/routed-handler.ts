import { matchesEvent } from '../domain/event-pattern.ts'
import type { Executor } from './pool.ts'
import { deployedRouteTable } from './route-tables.ts'

/**
 * The handler that the deployed routes give to an event, as the dispatcher would; undefined where none wants it, where there is no such
 * event, and where it was read for the mirror alone.
 */
export async function routedHandler(executor: Executor, key: string): Promise<string | undefined> {
  const { rows } = await executor.query<{ provider: string; type: string }>(
    `select provider, type from posthorn.events where key = $1 and state_reason is distinct from 'refetch'`,
    [key],
  )
  const [event] = rows
  if (event === undefined) return undefined
  const table = await deployedRouteTable(executor)
  return table?.routes.find(({ pattern }) => matchesEvent(pattern, event.provider, event.type))?.handler
}
