import type { Executor } from './pool.ts'

/** What is shown of a quarantined request: nothing that its sender wrote. */
export interface QuarantinedRequest {
  /** The receipt's. */
  id: string
  source: string
  receivedAt: Date
  /** Why it was refused. */
  code: string
  remoteIp: string | null
  /** Of the body. */
  bytes: number
}

export interface SealedRequest extends QuarantinedRequest {
  sealed: Buffer
}

export interface NewlySealed extends Omit<SealedRequest, 'receivedAt'> {
  /** How long ago it was received: the moment itself is for the clock of the database to say. */
  ageMs: number
}

export interface QuarantineFilter {
  source?: string
  /** IDs of the requests. */
  ids?: readonly string[]
}

const MAX_ROWS_PER_SOURCE = 1_000
const MAX_BYTES = 64 * 1024 * 1024
export const QUARANTINE_HOURS = 72

const COLUMNS = 'id, source, received_at as "receivedAt", code, host(remote_ip) as "remoteIp", bytes'
const CHOSEN = `received_at > now() - interval '${QUARANTINE_HOURS} hours'
  and ($1::text is null or source = $1) and ($2::uuid[] is null or id = any($2))`

const values = ({ source, ids }: QuarantineFilter): unknown[] => [source ?? null, ids ?? null]

export async function insertQuarantined(executor: Executor, requests: readonly NewlySealed[]): Promise<void> {
  const rows = requests.map(({ sealed, remoteIp, ageMs, ...row }) => ({
    ...row,
    remote_ip: remoteIp,
    age_ms: ageMs,
    sealed: sealed.toString('base64'),
  }))
  await executor.query(
    `insert into posthorn.quarantine (id, source, received_at, code, remote_ip, bytes, sealed)
     select id, source, now() - age_ms * interval '1 millisecond', code, remote_ip, bytes, decode(sealed, 'base64')
     from json_to_recordset($1) as r(
       id uuid, source text, age_ms float8, code text, remote_ip inet, bytes integer, sealed text)`,
    [JSON.stringify(rows)],
  )
}

/**
 * Deletes what is too old, and what is too much. Room is given out in turns, one row to each address, so that whoever sends the
 * most loses the most; among the rows of one address the lot decides. Returns how many went.
 */
export async function trimQuarantine(executor: Executor): Promise<number> {
  const { rowCount } = await executor.query(
    `with turns as (
       select id, source, bytes, lot, row_number() over (
         partition by source, set_masklen(remote_ip, case family(remote_ip) when 4 then 32 else 64 end)::cidr order by lot) as turn
       from posthorn.quarantine where received_at > now() - interval '${QUARANTINE_HOURS} hours'
     ), places as (
       select id, row_number() over (partition by source order by turn, lot) as place,
         sum(bytes) over (order by turn, lot rows unbounded preceding) as total
       from turns
     ), kept as (select id from places where place <= $1 and total <= $2)
     delete from posthorn.quarantine where id not in (select id from kept)`,
    [MAX_ROWS_PER_SOURCE, MAX_BYTES],
  )
  return rowCount ?? 0
}

/** The newest first. */
export async function listQuarantine(
  executor: Executor,
  filter: QuarantineFilter,
  limit: number,
): Promise<QuarantinedRequest[]> {
  const { rows } = await executor.query<QuarantinedRequest>(
    `select ${COLUMNS} from posthorn.quarantine where ${CHOSEN} order by received_at desc, id limit $3`,
    [...values(filter), limit],
  )
  return rows
}

/** Requests with their content, in the order of their IDs, which is that of their receipts. `after` is the last ID seen. */
export async function loadQuarantined(
  executor: Executor,
  filter: QuarantineFilter & { after?: string },
  limit: number,
): Promise<SealedRequest[]> {
  const { rows } = await executor.query<SealedRequest>(
    `select ${COLUMNS}, sealed from posthorn.quarantine
     where ${CHOSEN} and ($3::uuid is null or id > $3) order by id limit $4`,
    [...values(filter), filter.after ?? null, limit],
  )
  return rows
}

/** Returns how many there were. */
export async function dropQuarantined(executor: Executor, filter: QuarantineFilter): Promise<number> {
  const { rowCount } = await executor.query(`delete from posthorn.quarantine where ${CHOSEN}`, values(filter))
  return rowCount ?? 0
}
