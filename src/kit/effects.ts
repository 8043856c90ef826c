/** A connection inside a transaction, of the `pg` package. */
export interface Transaction {
  query<Row extends object>(text: string, values?: unknown[]): Promise<{ rows: Row[]; rowCount: number | null }>
}

/**
 * Which effect, among those of one name that a handler has on one event.
 * An empty string where there is only one.
 */
export type Discriminator = string | number

/** Which effect it is, and what it is done with. */
export interface EffectTerms {
  discriminator: Discriminator
  /** JSON. What must be the same when the effect is asked for again; else it fails as `effect_mismatch`. */
  args?: unknown
}

/** An effect in another system, and what that system can say of it afterwards. */
export interface CallTerms<Result> extends EffectTerms {
  /** How long the other side remembers an idempotency key, or a little less. */
  keyLifetimeMs: number
  /** Asked when the key of a call whose end is unknown may be forgotten: did it take place? */
  lookUp?: (idempotencyKey: string) => Promise<LookUp<Result>>
  /**
   * Whether what the call threw says for certain that it did not take place, as a refusal does, and a time-out does not. It is then as
   * if it had never been begun.
   */
  tookNoPlace?: (error: unknown) => boolean
}

/** What the other side says of an earlier call. Say `found: false` only where that is certain: the call is then made anew. */
export type LookUp<Result> = { found: true; result: Result } | { found: false } | 'unknown'

/** How a result comes back from the ledger: as JSON holds it. A `Date` is a string, also the first time; a bigint throws. */
export type Stored<Result> = unknown extends Result
  ? unknown
  : Result extends string | number | boolean | null | undefined | void
    ? Result
    : Result extends symbol | ((...args: never[]) => unknown)
      ? undefined
      : Result extends bigint
        ? never
        : Result extends { toJSON(): infer Json }
          ? Stored<Json>
          : { [Key in keyof Result]: Stored<Result[Key]> }

/**
 * Effects that take place once for an event and handler, however often the activity runs. They need the run that an activity
 * belongs to, so they work inside of activities that a Posthorn workflow called, and nowhere else.
 */
export interface Effects {
  /**
   * An effect in your database: what `effect` writes by `tx` commits together with the ledger's row, or not at all. Asked for
   * again, it is not run, and its stored result is given back; asked for twice at once, the second waits for the first.
   * @throws ApplicationFailure `effect_mismatch`, for good, when it was done with other `args`.
   */
  once<Result>(
    name: string,
    which: Discriminator | EffectTerms,
    effect: (tx: Transaction) => Promise<Result>,
  ): Promise<Stored<Result>>
  /**
   * A call to another system. The intent is committed before the call leaves, and a call whose end is unknown is made again with
   * the same key for as long as the other side knows that key; afterwards `lookUp` decides.
   * @throws ApplicationFailure for good: `effect_mismatch`, or `effect_uncertain` when nobody knows whether it took place.
   */
  callOnce<Result>(
    name: string,
    which: CallTerms<Result>,
    call: (idempotencyKey: string) => Promise<Result>,
  ): Promise<Stored<Result>>
  /**
   * Says that an effect which this attempt or an earlier one had is undone: the next attempt has it anew, a call under another key. For
   * the activity that undoes it, once it has.
   */
  undone(name: string, discriminator: Discriminator): Promise<void>
  /**
   * The key alone, a UUID: the same in every attempt and replay, and the one that `callOnce` passes until the call is made again, by
   * `--redo` or after `undone`, of which only the ledger knows.
   */
  idempotencyKey(name: string, discriminator: Discriminator): string
}
