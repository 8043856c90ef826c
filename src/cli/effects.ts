import type { ListedEffect } from '../storage/effects.ts'
import { type Output, table } from './output.ts'

export interface EffectRow extends Omit<ListedEffect, 'key'> {
  /** Name and discriminator, as `posthorn replay --redo` takes them. */
  effect: string
}

/** Prints what the handlers of an event have done, in the order in which they began. Results are in the JSON alone. */
export function showEffects(effects: readonly EffectRow[], output: Output): void {
  output.show(effects, () =>
    table(['STARTED', 'HANDLER', 'ATTEMPT', 'EFFECT', 'STATE'], effects.map(toCells), 'This event has no effects.'),
  )
}

const toCells = (row: EffectRow): string[] => [
  row.startedAt.toISOString(),
  row.handler,
  String(row.attempt),
  row.effect,
  stateOf(row),
]

function stateOf({ finishedAt, redoneAt }: EffectRow): string {
  const state = finishedAt === null ? 'not known to have ended' : 'done'
  return redoneAt === null ? state : `${state}, given up for another on ${redoneAt.toISOString()}`
}

/** Says that a call is known to have taken place. */
export function showConfirmed(effect: { handler: string; effect: string }, output: Output): void {
  output.show(effect, ({ effect: label, handler }) => [
    `${label} of ${handler} is done: a replay of the event goes on after it.`,
  ])
}
