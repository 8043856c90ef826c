import type { Executor } from './pool.ts'
import { LISTED } from './redeliveries.ts'

/** The database as activities get it. */
interface UserDatabase {
  query(text: string, values?: unknown[]): Promise<unknown>
}

export interface ProbeTry {
  key: string
  handler: string
  attempt: number
  /** Of the run in Temporal. */
  runId: string
}

/** Notes that a run is about to have the effect: it may have to try more than once. */
export async function noteTry(db: UserDatabase, { key, handler, attempt, runId }: ProbeTry): Promise<void> {
  await db.query(`insert into prove_tries (event_key, handler, attempt, run_id) values ($1, $2, $3, $4)`, [
    key,
    handler,
    attempt,
    runId,
  ])
}

/** The effect: nothing in the table forbids a second one. */
export async function addEffect(tx: UserDatabase, { key, handler }: Pick<ProbeTry, 'key' | 'handler'>): Promise<void> {
  await tx.query('insert into prove_effects (event_key, handler) values ($1, $2)', [key, handler])
}

/** Everything that stands in the database about one event. */
export interface EventRecord {
  key: string
  source: string
  eventId: string
  state: string
  reason: string | undefined
  /** It is about something that can be mirrored. */
  hasEntity: boolean
  /** It came from the provider's list, not by a webhook. */
  isListed: boolean
  /** It is ignored, and another event of its entity that ended tells of the entity's last change, by the time that its state names. */
  isToldElsewhere: boolean
  /** SHA-256 of the bytes that were stored, in hexadecimal. */
  bodyHash: string
  /** From receipt to the end of its last run. Milliseconds. */
  lagMs: number
  /** Closed runs, one for each attempt. */
  runs: { handler: string; attempt: number; state: string; code: string | null }[]
  /** The dead letters that stand for it. */
  letters: { handler: string; code: string }[]
  /** The handler of each effect. */
  effects: string[]
  /** How many runs in Temporal tried the effect of an attempt. */
  tries: { handler: string; attempt: number; runs: number }[]
}

/** Of so many events the records are read at once. */
const PAGE = 2_000

const RECORDS = `
  select e.key, e.source, e.event_id as "eventId", e.state, e.state_reason as reason, e.secret_slot = '${LISTED}' as "isListed",
    e.entity_id is not null as "hasEntity",
    e.state = 'ignored' and exists (
      select from posthorn.events o join posthorn.entities n on n.source = o.source and n.kind = o.entity_kind and n.entity_id = o.entity_id
      where o.source = e.source and o.entity_kind = e.entity_kind and o.entity_id = e.entity_id and o.state in ('processed', 'dead')
        and coalesce(o.occurred_at, o.received_at) >= (n.state->>'updated_at')::timestamptz) as "isToldElsewhere",
    encode(e.body_hash, 'hex') as "bodyHash", extract(epoch from e.state_at - e.received_at)::float8 * 1000 as "lagMs",
    coalesce((select json_agg(json_build_object('handler', handler, 'attempt', attempt, 'state', state, 'code', error_code))
      from posthorn.runs where key = e.key), '[]') as runs,
    coalesce((select json_agg(json_build_object('handler', handler, 'code', code))
      from posthorn.dead_letters where key = e.key), '[]') as letters,
    coalesce((select json_agg(handler) from prove_effects where event_key = e.key), '[]') as effects,
    coalesce((select json_agg(t) from (
      select handler, attempt, count(distinct run_id)::integer as runs from prove_tries where event_key = e.key
      group by handler, attempt) t), '[]') as tries
  from posthorn.events e where e.key > $1 order by e.key limit ${PAGE}`

/** Every event, page by page. */
export async function* readRecords(executor: Executor): AsyncGenerator<EventRecord> {
  for (let last = '00000000-0000-0000-0000-000000000000'; ;) {
    const { rows } = await executor.query<EventRecord & { reason: string | null }>(RECORDS, [last])
    for (const row of rows) yield { ...row, reason: row.reason ?? undefined }
    if (rows.length < PAGE) return
    last = (rows.at(-1) as EventRecord).key
  }
}

/** Waiting to be dispatched, or dispatched and not closed. */
export async function countUnfinished(executor: Executor): Promise<number> {
  const { rows } = await executor.query<{ count: number }>(
    `select ((select count(*) from posthorn.queue) + (select count(*) from posthorn.open_runs))::integer as count`,
  )
  return rows[0]?.count ?? 0
}

/** Requests that were stored because a known event came with another body. */
export async function listAnomalies(executor: Executor): Promise<{ source: string; eventId: string }[]> {
  const { rows } = await executor.query<{ source: string; eventId: string }>(
    `select source, event_id as "eventId" from posthorn.anomalies order by seen_at`,
  )
  return rows
}

export interface StrayLetter {
  key: string
  source: string
  handler: string
  code: string
}

/** Dead letters whose event is not there: no record tells of them. */
export async function listStrayLetters(executor: Executor): Promise<StrayLetter[]> {
  const { rows } = await executor.query<StrayLetter>(
    `select key, source, handler, code from posthorn.dead_letters d
     where not exists (select from posthorn.events where key = d.key) order by key, handler`,
  )
  return rows
}

/** Sessions and workers of the server, by the IDs of their processes; the postmaster is not among them. */
export async function listServerProcesses(executor: Executor): Promise<number[]> {
  const { rows } = await executor.query<{ pid: number }>('select pid from pg_stat_activity')
  return rows.map(({ pid }) => pid)
}
