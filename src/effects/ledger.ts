import { permanent } from '../kit/failures.ts'
import { type LedgerEntry, type NewEffect, findEffect } from '../storage/effects.ts'
import type { Executor } from '../storage/pool.ts'
import { effectLabel } from './name-effect.ts'

/**
 * The entry that stands in the way of a new one.
 * @throws ApplicationFailure `effect_mismatch` when it was made with other arguments. Where one side states none, they agree.
 */
export async function findKnown(executor: Executor, effect: NewEffect): Promise<LedgerEntry> {
  const known = await findEffect(executor, effect)
  if (known === undefined) throw new Error(`The entry of ${effectLabel(effect)} was deleted while it was in use`)
  if (known.argumentsHash !== null && effect.argumentsHash?.equals(known.argumentsHash) === false) {
    throw mismatch(effect, `was asked for with other arguments before, on ${known.startedAt.toISOString()}`)
  }
  return known
}

export const mismatch = (effect: NewEffect, why: string): Error =>
  permanent('effect_mismatch', `The effect ${effectLabel(effect)} of ${effect.handler} ${why}.`)

/** What JSON holds of a value: undefined for one that is nothing in JSON. */
export const toJson = (value: unknown): string | undefined => JSON.stringify(value)

export const fromJson = (json: string | null | undefined): unknown =>
  json === null || json === undefined ? undefined : (JSON.parse(json) as unknown)
