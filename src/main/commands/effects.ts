import { CommandError } from '../../cli/exit-codes.ts'
import { showConfirmed, showEffects } from '../../cli/effects.ts'
import { effectLabel } from '../../effects/name-effect.ts'
import { finishEffect, listEffects } from '../../storage/effects.ts'
import { eventKey } from '../../storage/event-key.ts'
import { transaction } from '../../storage/pool.ts'
import { operatorName } from '../process/operator.ts'
import { userDatabaseUrl, withPool } from '../process/postgres.ts'
import { readSettings } from '../settings.ts'
import type { CommandContext } from './context.ts'
import { changeLedger, requireEffect } from './ledger.ts'

interface EventName {
  source: string
  eventId: string
}

/** `posthorn effects list`: prints what the handlers of an event have done. */
export async function listEventEffects({ environment, output }: CommandContext, event: EventName): Promise<void> {
  const settings = readSettings(environment)
  const key = eventKey(event.source, event.eventId)
  const effects = await withPool(settings, (ledger) => listEffects(ledger, key), userDatabaseUrl(settings))
  showEffects(
    effects.map(({ key: _, ...effect }) => ({ effect: effectLabel(effect), ...effect })),
    output,
  )
}

export interface Confirmation extends EventName {
  label: string
  handler?: string
  /** JSON. */
  result?: string
  reason: string
}

/**
 * `posthorn effects confirm`: a person found out that a call took place, and what its result was.
 * @throws CommandError when there is no such call, or its end is known.
 */
export async function confirmEffect(
  { environment, output }: CommandContext,
  confirmation: Confirmation,
): Promise<void> {
  const settings = readSettings(environment)
  const { source, eventId, result, reason, ...wanted } = confirmation
  const { target } = await withPool(settings, (pool) =>
    transaction(pool, (tx) =>
      changeLedger(settings, tx, async (ledger) => {
        const effect = await requireEffect(ledger, { key: eventKey(source, eventId), ...wanted })
        if (!(await finishEffect(ledger, effect, result))) {
          throw new CommandError('failed', `${wanted.label} is known to be done: nothing needs to be confirmed.`)
        }
        const target = { source, eventId, handler: effect.handler, effect: effectLabel(effect) }
        return { actor: operatorName(settings), action: 'effects.confirm', target, reason }
      }),
    ),
  )
  showConfirmed(target, output)
}
