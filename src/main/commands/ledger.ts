import { CommandError } from '../../cli/exit-codes.ts'
import { type WantedEffect, chooseEffect } from '../../effects/choose-effect.ts'
import type { ListedEffect } from '../../storage/effects.ts'
import { type AuditEntry, recordAudit } from '../../storage/audit-log.ts'
import { type Executor, transaction } from '../../storage/pool.ts'
import { databaseUrl, userDatabaseUrl, withPool } from '../process/postgres.ts'
import type { Settings } from '../settings/settings-table.ts'

/**
 * Lends the ledger to `change`, which returns the line that the audit log gets for it. Where both stand in one database everything commits
 * with `tx`. Where not, the line commits first: a crash may leave a line too many, never a change that nobody answers for.
 */
export async function changeLedger<Line extends AuditEntry | undefined>(
  settings: Settings,
  tx: Executor,
  change: (ledger: Executor) => Promise<Line>,
): Promise<Line> {
  const url = userDatabaseUrl(settings)
  const changeIn = async (ledger: Executor, record: (line: AuditEntry) => Promise<void>): Promise<Line> => {
    const line = await change(ledger)
    if (line !== undefined) await record(line)
    return line
  }
  if (url === databaseUrl(settings)) return changeIn(tx, (line) => recordAudit(tx, line))
  const recordFirst = (line: AuditEntry): Promise<void> => withPool(settings, (pool) => recordAudit(pool, line))
  return withPool(settings, (pool) => transaction(pool, (ledger) => changeIn(ledger, recordFirst)), url)
}

/** @throws CommandError that says why there is no such effect. */
export async function requireEffect(ledger: Executor, wanted: WantedEffect): Promise<ListedEffect> {
  const effect = await chooseEffect(ledger, wanted)
  if (typeof effect === 'string') throw new CommandError('failed', effect)
  return effect
}
