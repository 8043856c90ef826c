import type { EntityRef } from '../domain/event.ts'
import { listDayPartitions } from './day-partitions.ts'
import type { Executor } from './pool.ts'

/** Where content of an event stands, as it is reported. */
export type ErasedContent = 'body' | 'anomaly' | 'receipt' | 'effect' | 'entity' | 'message'

/** One content that was erased. */
export interface ErasedItem {
  content: ErasedContent
  /** The event key, the ID of the row, or `<kind>/<id>` of an entity. */
  id: string
  /** SHA-256 of what was erased, in hexadecimal. */
  sha256: string
}

/** Stands where a text stood that may have quoted a payload. */
export const ERASED = '[erased]'

/** Erases all that came of these events. Call it in a transaction that has locked them. */
export async function eraseEvents(tx: Executor, keys: readonly string[]): Promise<ErasedItem[]> {
  const items: ErasedItem[] = []
  for (const statement of [...CONTENTS, ...(await leavingBodies(tx)), ...MESSAGES]) {
    const { rows } = await tx.query<ErasedItem>(statement, [keys])
    items.push(...rows)
  }
  await tx.query(
    `update posthorn.events set erased_at = now(),
       state_reason = case when state = 'ignored' and state_reason <> 'baseline' then '${ERASED}' else state_reason end
     where key = any($1::uuid[])`,
    [keys],
  )
  return items
}

const hashed = (content: ErasedContent, id: string, bytes: string): string =>
  `'${content}' as content, ${id}::text as id, encode(sha256(${bytes}), 'hex') as sha256`

const CONTENTS = [
  `delete from posthorn.bodies b using posthorn.events e
   where e.key = any($1::uuid[]) and b.key = e.key and b.day = e.body_day returning ${hashed('body', 'b.key', 'b.body')}`,
  `delete from posthorn.kept_bodies where key = any($1::uuid[]) returning ${hashed('body', 'key', 'body')}`,
  `delete from posthorn.anomalies where key = any($1::uuid[]) returning ${hashed('anomaly', 'id', 'body')}`,
  `with found as (
     select r.day, r.id, r.body from posthorn.receipts r where r.key = any($1::uuid[]) and r.body is not null for update
   )
   update posthorn.receipts r set body = null from found where (r.day, r.id) = (found.day, found.id)
   returning ${hashed('receipt', 'r.id', 'found.body')}`,
]

/** Partitions that are on their way out, where the parent does not lead any more. */
async function leavingBodies(tx: Executor): Promise<string[]> {
  const partitions = await listDayPartitions(tx)
  return partitions
    .filter(({ parent, state }) => parent === 'bodies' && state !== 'attached')
    .map(
      ({ name }) =>
        `delete from posthorn.${name} where key = any($1::uuid[]) returning ${hashed('body', 'key', 'body')}`,
    )
}

/** Texts that user code or a provider wrote: they may quote what they are about. */
const MESSAGES = (
  [
    ['runs', 'error_message'],
    ['runs', 'reason'],
    ['run_failures', 'message'],
    ['dead_letters', 'message'],
    ['parked', 'detail'],
    ['approvals', 'summary'],
  ] as const
).map(
  ([table, column]) =>
    `with found as (select ctid, ${column} as text from posthorn.${table}
       where key = any($1::uuid[]) and ${column} <> '${ERASED}' for update)
     update posthorn.${table} t set ${column} = '${ERASED}' from found where t.ctid = found.ctid
     returning ${hashed('message', 't.key', `convert_to(found.text, 'UTF8')`)}`,
)

/** Erases what effects returned, which may have been taken from payloads; they stay known as done. */
export async function eraseEffectResults(tx: Executor, keys: readonly string[]): Promise<ErasedItem[]> {
  const { rows } = await tx.query<ErasedItem>(
    `with found as (
       select ctid, result::text as text from posthorn.effect_ledger where key = any($1::uuid[]) and result is not null for update
     )
     update posthorn.effect_ledger f set result = null from found where f.ctid = found.ctid
     returning ${hashed('effect', 'f.key', `convert_to(found.text, 'UTF8')`)}`,
    [keys],
  )
  return rows
}

/** Erases the mirrored state of an entity, and marks it for good: no later view is written, whoever brings it. */
export async function eraseEntity(tx: Executor, source: string, { kind, id }: EntityRef): Promise<ErasedItem[]> {
  const { rows } = await tx.query<ErasedItem>(
    `with found as (
       select state from posthorn.entities where (source, kind, entity_id) = ($1, $2, $3) and state is not null for update
     ), marked as (
       insert into posthorn.entities (source, kind, entity_id, version, deleted_at, deleted_by)
       values ($1, $2, $3, 0, now(), 'erasure')
       on conflict (source, kind, entity_id) do update set state = null, deleted_at = now(), deleted_by = 'erasure'
     )
     select 'entity' as content, $2 || '/' || $3 as id, encode(sha256(convert_to(state::text, 'UTF8')), 'hex') as sha256 from found`,
    [source, kind, id],
  )
  return rows
}
