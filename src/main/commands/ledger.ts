import { CommandError } from '../../cli/exit-codes.ts'
import { type WantedEffect, chooseEffect } from '../../effects/choose-effect.ts'
import type { ListedEffect } from '../../storage/effects.ts'
import type { Executor } from '../../storage/pool.ts'
import { databaseUrl, userDatabaseUrl, withPool } from '../process/postgres.ts'
import type { Settings } from '../settings/settings-table.ts'

/** Lends the ledger to `work`: in the transaction of the engine's where both stand in one database. */
export function inLedger<T>(settings: Settings, tx: Executor, work: (ledger: Executor) => Promise<T>): Promise<T> {
  const url = userDatabaseUrl(settings)
  return url === databaseUrl(settings) ? work(tx) : withPool(settings, work, url)
}

/** @throws CommandError that says why there is no such effect. */
export async function requireEffect(ledger: Executor, wanted: WantedEffect): Promise<ListedEffect> {
  const effect = await chooseEffect(ledger, wanted)
  if (typeof effect === 'string') throw new CommandError('failed', effect)
  return effect
}
