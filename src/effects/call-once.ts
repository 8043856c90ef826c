import type { CallTerms } from '../kit/effects.ts'
import { permanent } from '../kit/failures.ts'
import {
  type LedgerEntry,
  type NewEffect,
  enterEffect,
  finishEffect,
  joinIntent,
  renewIntent,
  withdrawIntent,
} from '../storage/effects.ts'
import type { Pool } from '../storage/pool.ts'
import { deriveIdempotencyKey } from './idempotency-key.ts'
import { findKnown, fromJson, toJson } from './ledger.ts'
import { effectLabel } from './name-effect.ts'

interface Call {
  effect: NewEffect
  terms: CallTerms<unknown>
  call: (idempotencyKey: string) => Promise<unknown>
}

/** Intent, call, result: each is committed before the next begins, and no connection is held while the call is out. */
export async function callOnce(pool: Pool, { effect, terms, call }: Call): Promise<unknown> {
  const make = async (redo: number) => call(deriveIdempotencyKey(effect, redo))
  /** No call was begun before this one: then a refusal is the whole truth, unless another try has called since. */
  const makeAlone = async (redo: number, since: string) =>
    make(redo).catch(async (error: unknown) => {
      // Where that cannot be written down, it stays unknown whether the call took place.
      if (terms.tookNoPlace?.(error)) await withdrawIntent(pool, { ...effect, redo, since }).catch(() => undefined)
      throw error
    })
  const record = (redo: number, result: unknown) => conclude(pool, { ...effect, redo }, result)
  const entered = await enterEffect(pool, effect)
  if (entered !== undefined) return record(entered.redo, await makeAlone(entered.redo, entered.since))
  const known = await findKnown(pool, effect)
  if (known.isFinished) return fromJson(known.json)
  if (known.ageMs < terms.keyLifetimeMs) {
    if (await joinIntent(pool, { ...effect, redo: known.redo })) return record(known.redo, await make(known.redo))
    // Finished or taken back since it was read.
    return callOnce(pool, { effect, terms, call })
  }
  const found = await terms.lookUp?.(deriveIdempotencyKey(effect, known.redo))
  if (found === undefined || found === 'unknown') throw uncertain(effect, known)
  if (found.found) return record(known.redo, found.result)
  const renewed = await renewIntent(pool, { ...effect, ...known })
  if (renewed === undefined) throw new Error(`Another try of ${effectLabel(effect)} has gone on: it is looked at again`)
  return record(known.redo, await makeAlone(known.redo, renewed))
}

/** Where two attempts made the call with one key, the first answer that was written is the result of both. */
async function conclude(pool: Pool, effect: NewEffect & { redo: number }, result: unknown): Promise<unknown> {
  const json = toJson(result)
  if (await finishEffect(pool, effect, json)) return fromJson(json)
  return fromJson((await findKnown(pool, effect)).json)
}

const uncertain = (effect: NewEffect, { startedAt }: LedgerEntry): Error =>
  permanent(
    'effect_uncertain',
    `The call ${effectLabel(effect)} of ${effect.handler} left on ${startedAt.toISOString()} or never, ` +
      'and the other side may have forgotten its key: find out there whether it took place.',
  )
