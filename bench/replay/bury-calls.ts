import type { Pool } from '../../src/storage/pool.ts'
import { ensurePartitions } from '../../src/storage/partitions.ts'

const HANDLER = 'teamConnectCallEnded'

/** Makes events of calls that ended, whose only run is dead: as they stand after an outage of days, before a fix is out. */
export async function buryCalls(pool: Pool, count: number): Promise<void> {
  await ensurePartitions(pool)
  const body = `convert_to('{"data":{"call_id":"dead_' || n || '"}}', 'utf8')`
  await pool.query(
    `with numbered as (
       select n, gen_random_uuid() as key, ${body} as body, now() - interval '1 hour' as at from generate_series(1, $1) n
     ), events as (
       insert into posthorn.events (key, source, provider, event_id, type, entity_kind, entity_id, state, state_reason, body_hash,
         body_day, receipt_id, secret_slot, received_at)
       select key, 'team-connect', 'team-connect', 'evt_dead_' || n, 'call.ended', 'call', 'dead_' || n, 'dead', 'broken', sha256(body),
         (now() at time zone 'utc')::date, gen_random_uuid(), 'current', at from numbered
     ), bodies as (
       insert into posthorn.bodies (day, key, headers, body) select (now() at time zone 'utc')::date, key, '{}', body from numbered
     ), runs as (
       insert into posthorn.runs (key, handler, attempt, state, error_code, error_message)
       select key, $2, 1, 'dead', 'broken', 'it broke' from numbered
     )
     insert into posthorn.dead_letters (key, handler, attempt, code, message, received_at, source, type, fingerprint)
     select key, $2, 1, 'broken', 'it broke', at, 'team-connect', 'call.ended', 'broken' from numbered`,
    [count, HANDLER],
  )
  await pool.query('analyze posthorn.events, posthorn.dead_letters, posthorn.runs')
}
