import type { CallTerms } from '../kit/effects.ts'
import { permanent } from '../kit/failures.ts'
import { type LedgerEntry, type NewEffect, enterEffect, finishEffect, renewIntent } from '../storage/effects.ts'
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
  const make = async (redo: number) =>
    conclude(pool, { ...effect, redo }, await call(deriveIdempotencyKey(effect, redo)))
  const entered = await enterEffect(pool, effect)
  if (entered !== undefined) return make(entered)
  const known = await findKnown(pool, effect)
  if (known.isFinished) return fromJson(known.json)
  if (known.ageMs < terms.keyLifetimeMs) return make(known.redo)
  const found = await terms.lookUp?.(deriveIdempotencyKey(effect, known.redo))
  if (found === undefined || found === 'unknown') throw uncertain(effect, known)
  if (found.found) return conclude(pool, { ...effect, redo: known.redo }, found.result)
  await renewIntent(pool, { ...effect, redo: known.redo })
  return make(known.redo)
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
