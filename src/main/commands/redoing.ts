import { CommandError } from '../../cli/exit-codes.ts'
import { effectLabel } from '../../effects/name-effect.ts'
import { supersedeEffect } from '../../storage/effects.ts'
import type { WithReplay } from '../../storage/replay.ts'
import type { Settings } from '../settings/settings-table.ts'
import { changeLedger, requireEffect } from './ledger.ts'

interface RedoRequest {
  source: string
  eventId: string
  /** The label of an effect. */
  redo?: string
  by: { actor: string; reason?: string }
  dryRun?: boolean
}

/** What `--redo` adds to a replay: the effect is superseded and the audit log says so, or nothing is replayed. */
export function redoing(
  settings: Settings,
  { source, eventId, redo, by, dryRun }: RedoRequest,
): WithReplay | undefined {
  if (redo === undefined) return undefined
  return async (tx, { key, handler }) => {
    await changeLedger(settings, tx, async (ledger) => {
      const effect = await requireEffect(ledger, { key, label: redo, ...(handler !== undefined && { handler }) })
      if (dryRun === true) return undefined
      if (!(await supersedeEffect(ledger, effect))) {
        throw new CommandError('failed', `Somebody else has just had ${redo} done again.`)
      }
      return {
        ...by,
        action: 'effects.redo',
        target: { source, eventId, handler: effect.handler, effect: effectLabel(effect) },
        detail: { redo: effect.redo + 1, wasFinished: effect.finishedAt !== null },
      }
    })
  }
}
