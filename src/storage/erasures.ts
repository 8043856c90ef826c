import { hash } from 'node:crypto'
import type pg from 'pg'
import type { EntityRef } from '../domain/event.ts'
import { recordAudit } from './audit-log.ts'
import { type ErasedContent, type ErasedItem, eraseEffectResults, eraseEntity, eraseEvents } from './erase-content.ts'
import { eventKey } from './event-key.ts'
import { type Executor, type Pool, transaction } from './pool.ts'
import { lockEvents } from './settle.ts'

export interface EraseRequest {
  source: string
  /** What is erased: an entity with all its events, or these events. */
  entity?: EntityRef
  eventIds: readonly string[]
  actor: string
  reason: string
  /** Find and count everything, and leave it as it is. */
  dryRun: boolean
}

export interface Erasure {
  /** The row of `erasures`; undefined for a dry run, and where nothing was found. */
  id?: string
  /** Events whose payload is erased now, or was before. */
  events: number
  /** Events of these that are not finished: their handlers go on without the payload, and may write of it yet. */
  unfinished: number
  counts: Partial<Record<ErasedContent, number>>
  items: ErasedItem[]
  /** SHA-256 over the items, a line each, in order: proves that a list which somebody kept is the list of this erasure. */
  digest: string
}

/** Every event of an entity is looked for without an index: this is rare, and ingest does not pay for it. */
const PATIENCE_MS = 600_000

/**
 * Erases payloads with everything that may quote them, in one transaction with its proof. The event rows stay, so that a
 * redelivery is known as one, and brings nothing back. `effectsPool` leads to the ledger of effects, which may stand in another
 * database: its results go by a transaction of its own, which commits right after.
 */
export async function erasePayloads(pool: Pool, effectsPool: Pool, request: EraseRequest): Promise<Erasure> {
  const { source, entity, dryRun } = request
  const isKept = (found: Erasure): boolean => found.id !== undefined
  const erase = async (tx: Executor, effects: Executor): Promise<Erasure> => {
    for (const one of [tx, effects]) await one.query(`set local statement_timeout = ${PATIENCE_MS}`)
    await effects.query(`set local idle_in_transaction_session_timeout = ${PATIENCE_MS}`)
    const keys = await findEvents(tx, request)
    await lockEvents(tx, keys)
    const items = await eraseEvents(tx, keys)
    if (entity !== undefined) items.push(...(await eraseEntity(tx, source, entity)))
    items.push(...(await eraseEffectResults(effects, keys)))
    const found = { ...summarize(items), events: keys.length, unfinished: await countUnfinished(tx, keys) }
    return dryRun || keys.length + items.length === 0 ? found : { ...found, id: await record(tx, request, found) }
  }
  // The proof commits first: cut off behind it, the results are there for a second erasure, which proves them again.
  return transactionIf(isKept, effectsPool, (effects) =>
    transactionIf(isKept, pool, (tx) => erase(patient(tx), patient(effects))),
  )
}

/** Waits for as long as Postgres does. */
const patient = (executor: Executor): Executor => ({
  query: ((statement: string | pg.QueryConfig, values?: unknown[]) =>
    executor.query({
      ...(typeof statement === 'string' ? { text: statement, values } : statement),
      ...{ query_timeout: PATIENCE_MS + 2_000 },
    } as pg.QueryConfig)) as Executor['query'],
})

/** A transaction of which nothing stays unless its result is one to keep. */
function transactionIf<T>(isKept: (result: T) => boolean, pool: Pool, work: (tx: Executor) => Promise<T>): Promise<T> {
  return transaction(pool, async (tx) => {
    await tx.query('savepoint untouched')
    const result = await work(tx)
    if (!isKept(result)) await tx.query('rollback to savepoint untouched')
    return result
  })
}

async function findEvents(tx: Executor, { source, entity, eventIds }: EraseRequest): Promise<string[]> {
  const { rows } = await tx.query<{ key: string }>(
    // Of an event that was refused there may be nothing but its bytes.
    `select key from posthorn.events
     where source = $1 and (key = any($2::uuid[]) or (entity_kind, entity_id) = ($3, $4))
     union select key from posthorn.receipts where key = any($2::uuid[]) and body is not null`,
    [source, eventIds.map((id) => eventKey(source, id)), entity?.kind ?? null, entity?.id ?? null],
  )
  return rows.map(({ key }) => key)
}

function summarize(items: ErasedItem[]): Pick<Erasure, 'items' | 'counts' | 'digest'> {
  const lines = items.map(({ content, id, sha256 }) => `${content} ${id} ${sha256}\n`).toSorted()
  const counts: Erasure['counts'] = {}
  for (const { content } of items) counts[content] = (counts[content] ?? 0) + 1
  return { items, counts, digest: hash('sha256', lines.join(''), 'hex') }
}

async function countUnfinished(tx: Executor, keys: string[]): Promise<number> {
  const { rows } = await tx.query<{ count: number }>(
    'select count(distinct key)::integer as count from posthorn.unfinished where key = any($1::uuid[])',
    [keys],
  )
  return rows[0]?.count ?? 0
}

async function record(tx: Executor, request: EraseRequest, found: Omit<Erasure, 'id'>): Promise<string> {
  const { source, entity, eventIds, actor, reason } = request
  const target = { source, ...(entity === undefined ? { eventIds } : { entity }) }
  const counts = { events: found.events, ...found.counts }
  const { rows } = await tx.query<{ id: string }>(
    `insert into posthorn.erasures (actor, reason, target, counts, digest)
     values ($1, $2, $3, $4, decode($5, 'hex')) returning id`,
    [actor, reason, JSON.stringify(target), JSON.stringify(counts), found.digest],
  )
  const id = (rows[0] as { id: string }).id
  await recordAudit(tx, { actor, action: 'payloads.erase', target, reason, detail: { erasure: id, ...counts } })
  return id
}
