import { erase } from '../../cli/erase.ts'
import { type EraseRequest, erasePayloads } from '../../storage/erasures.ts'
import { operatorName } from '../process/operator.ts'
import { withBothPools } from '../process/postgres.ts'
import { readSettings } from '../settings.ts'
import type { CommandContext } from './context.ts'

/** `posthorn erase`: erases the payloads of an entity or of events, with proof. */
export async function runErase(
  { environment, output }: CommandContext,
  order: Omit<EraseRequest, 'actor'>,
): Promise<void> {
  const settings = readSettings(environment)
  const request = { ...order, actor: operatorName(settings) }
  await withBothPools(settings, (pool, effectsPool) =>
    erase({ request, erase: (wanted) => erasePayloads(pool, effectsPool, wanted), output }),
  )
}
