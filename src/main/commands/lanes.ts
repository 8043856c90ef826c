import { lanes } from '../../cli/lanes.ts'
import { listLanes } from '../../storage/list-lanes.ts'
import { withPool } from '../process/postgres.ts'
import { readSettings } from '../settings.ts'
import type { CommandContext } from './context.ts'

/** `posthorn lanes`: prints the serial lanes that hold events. */
export async function runLanes(
  { environment, output }: CommandContext,
  filter: { blocked: boolean; limit: number },
): Promise<void> {
  await withPool(readSettings(environment), async (pool) => lanes(await listLanes(pool, filter), output))
}
