import { events } from '../../cli/events.ts'
import { type EventFilter, listEvents } from '../../storage/list-events.ts'
import { withPool } from '../process/postgres.ts'
import { readSettings } from '../settings.ts'
import type { CommandContext } from './context.ts'

/** `posthorn events`: prints the latest events. */
export async function runEvents({ environment, output }: CommandContext, filter: EventFilter): Promise<void> {
  const settings = readSettings(environment)
  await withPool(settings, (pool) => events({ filter, list: (wanted) => listEvents(pool, wanted), output }))
}
