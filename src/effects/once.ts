import type { Transaction } from '../kit/effects.ts'
import { type NewEffect, enterEffect, finishEffect } from '../storage/effects.ts'
import { type Pool, transaction } from '../storage/pool.ts'
import { findKnown, fromJson, mismatch, toJson } from './ledger.ts'

/** The entry, the effect and its result are one transaction. The entry comes first: a second run of the effect waits there. */
export function once(pool: Pool, effect: NewEffect, run: (tx: Transaction) => Promise<unknown>): Promise<unknown> {
  return transaction(pool, async (tx) => {
    const entered = await enterEffect(tx, effect)
    if (entered === undefined) {
      const { isFinished, json } = await findKnown(tx, effect)
      // What commits by a transaction is never seen unfinished.
      if (!isFinished) throw mismatch(effect, 'has the name of a call, which is another effect')
      return fromJson(json)
    }
    const json = toJson(await run(tx))
    await finishEffect(tx, { ...effect, redo: entered.redo }, json)
    return fromJson(json)
  })
}
