import type { Executor } from './pool.ts'

/** What an effect is known by: the event and its handler, the effect's name, and which of that name. */
export interface EffectKey {
  /** The event key. */
  key: string
  handler: string
  name: string
  discriminator: string
}

export interface NewEffect extends EffectKey {
  attempt: number
  argumentsHash: Buffer | null
}

/** The latest row of an effect. `redo` counts how often a person had asked for it again. */
export interface LedgerEntry {
  redo: number
  argumentsHash: Buffer | null
  startedAt: Date
  /** The same as Postgres's text, which keeps its microseconds: it names the intent as it stands. */
  since: string
  /** By the database's clock, ms. */
  ageMs: number
  isFinished: boolean
  /** The result as JSON; null where there is none. */
  json: string | null
}

const IDENTITY = 'key = $1 and handler = $2 and name = $3 and discriminator = $4'
const identity = ({ key, handler, name, discriminator }: EffectKey): string[] => [key, handler, name, discriminator]

/**
 * Enters an effect and returns its redo number; undefined when it stands there already. An entry that another transaction has not
 * committed yet is waited for.
 */
export async function enterEffect(
  executor: Executor,
  effect: NewEffect,
): Promise<Pick<LedgerEntry, 'redo' | 'since'> | undefined> {
  const { rows } = await executor.query<Pick<LedgerEntry, 'redo' | 'since'>>({
    name: 'effect-enter',
    text: `insert into posthorn.effect_ledger (key, handler, name, discriminator, redo, attempt, arguments_hash)
           select $1, $2, $3, $4, count(*), $5, $6 from posthorn.effect_ledger where ${IDENTITY} and redone_at is not null
           on conflict do nothing
           returning redo, started_at::text as since`,
    values: [...identity(effect), effect.attempt, effect.argumentsHash],
  })
  return rows[0]
}

export async function findEffect(executor: Executor, effect: EffectKey): Promise<LedgerEntry | undefined> {
  const { rows } = await executor.query<LedgerEntry>({
    name: 'effect-find',
    text: `select redo, arguments_hash as "argumentsHash", started_at as "startedAt", started_at::text as since,
             result::text as json, extract(epoch from clock_timestamp() - started_at)::float8 * 1000 as "ageMs",
             finished_at is not null as "isFinished"
           from posthorn.effect_ledger where ${IDENTITY} order by redo desc limit 1`,
    values: identity(effect),
  })
  return rows[0]
}

/** Says that an effect took place, with its result as JSON. False when that had been said before: the first word counts. */
export async function finishEffect(
  executor: Executor,
  effect: EffectKey & { redo: number },
  json: string | undefined,
): Promise<boolean> {
  const { rowCount } = await executor.query({
    name: 'effect-finish',
    text: `update posthorn.effect_ledger set finished_at = now(), result = $6
           where ${IDENTITY} and redo = $5 and finished_at is null`,
    values: [...identity(effect), effect.redo, json ?? null],
  })
  return rowCount === 1
}

/** An intent, as somebody read it. */
export type Intent = EffectKey & Pick<LedgerEntry, 'redo' | 'since'>

const IS_OPEN = `${IDENTITY} and redo = $5 and finished_at is null and redone_at is null`
const STANDS = `${IS_OPEN} and started_at = $6::timestamptz`

/**
 * Says that one more call is about to leave under an intent: whoever made the call before it cannot take the intent back any more. A
 * microsecond gives the intent another name, and leaves it its age. False when it is finished or taken back.
 */
export async function joinIntent(executor: Executor, intent: EffectKey & { redo: number }): Promise<boolean> {
  const { rowCount } = await executor.query(
    `update posthorn.effect_ledger set started_at = started_at + interval '1 microsecond' where ${IS_OPEN}`,
    [...identity(intent), intent.redo],
  )
  return rowCount === 1
}

/**
 * Dates an intent anew, when it is certain that the call before it did not take place. Undefined when somebody has finished or renewed it
 * meanwhile.
 */
export async function renewIntent(executor: Executor, intent: Intent): Promise<string | undefined> {
  const { rows } = await executor.query<{ since: string }>(
    `update posthorn.effect_ledger set started_at = clock_timestamp() where ${STANDS} returning started_at::text as since`,
    [...identity(intent), intent.redo, intent.since],
  )
  return rows[0]?.since
}

/** Takes an intent back, of a call that did not take place; where another call left under it meanwhile, it stays. */
export async function withdrawIntent(executor: Executor, intent: Intent): Promise<void> {
  await executor.query(`delete from posthorn.effect_ledger where ${STANDS}`, [
    ...identity(intent),
    intent.redo,
    intent.since,
  ])
}

/** Lets the next attempt do an effect again that was undone. What a later attempt has done stands. */
export async function undoEffect(executor: Executor, effect: EffectKey & { attempt: number }): Promise<void> {
  await executor.query(
    `update posthorn.effect_ledger set redone_at = now() where ${IDENTITY} and attempt <= $5 and redone_at is null`,
    [...identity(effect), effect.attempt],
  )
}

/** A row of the ledger, for people. */
export interface ListedEffect extends EffectKey {
  redo: number
  attempt: number
  startedAt: Date
  /** Null: it was about to leave, and how it ended was not heard. */
  finishedAt: Date | null
  /** Null: it stands. */
  redoneAt: Date | null
  result: unknown
}

/** All that the handlers of an event have done, in the order in which they began. */
export async function listEffects(executor: Executor, key: string): Promise<ListedEffect[]> {
  const { rows } = await executor.query<ListedEffect>(
    `select key, handler, name, discriminator, redo, attempt, started_at as "startedAt", finished_at as "finishedAt",
       redone_at as "redoneAt", result
     from posthorn.effect_ledger where key = $1 order by started_at, handler, name, discriminator, redo`,
    [key],
  )
  return rows
}

/** Lets the next attempt do an effect again. The row stays; false when it did not stand any more. */
export async function supersedeEffect(executor: Executor, effect: EffectKey & { redo: number }): Promise<boolean> {
  const { rowCount } = await executor.query(
    `update posthorn.effect_ledger set redone_at = now() where ${IDENTITY} and redo = $5 and redone_at is null`,
    [...identity(effect), effect.redo],
  )
  return rowCount === 1
}

/** Rows of the ledger live as long as their event: whoever deletes events deletes these, too. */
export async function deleteEffects(executor: Executor, keys: readonly string[]): Promise<void> {
  await executor.query('delete from posthorn.effect_ledger where key = any($1::uuid[])', [keys])
}
