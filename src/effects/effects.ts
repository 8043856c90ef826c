import type { Effects, Stored } from '../kit/effects.ts'
import type { Pool } from '../storage/pool.ts'
import { undoEffect } from '../storage/effects.ts'
import type { RunKey } from '../storage/runs.ts'
import { callOnce } from './call-once.ts'
import { deriveIdempotencyKey } from './idempotency-key.ts'
import { describeEffect, nameEffect } from './name-effect.ts'
import { once } from './once.ts'

export interface EffectsOptions {
  /** Of the database that holds what the effects write: the ledger is there, too. */
  pool: Pool
  /** The run that the activity belongs to which asks. Throws where there is none. */
  currentRun: () => RunKey
}

/** Effects with a ledger: see docs/effects.md. */
export const createEffects = ({ pool, currentRun }: EffectsOptions): Effects => ({
  once: async <Result>(...[name, which, effect]: Parameters<Effects['once']>) =>
    (await once(pool, describeEffect(currentRun(), name, which), effect)) as Stored<Result>,
  callOnce: async <Result>(...[name, terms, call]: Parameters<Effects['callOnce']>) =>
    (await callOnce(pool, { effect: describeEffect(currentRun(), name, terms), terms, call })) as Stored<Result>,
  undone: (name, discriminator) => {
    const run = currentRun()
    return undoEffect(pool, { ...nameEffect(run, name, discriminator), attempt: run.attempt })
  },
  idempotencyKey: (name, discriminator) => deriveIdempotencyKey(nameEffect(currentRun(), name, discriminator), 0),
})
