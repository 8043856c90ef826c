import pg from 'pg'
import type { Progress } from '../../src/stack/progress.ts'

export interface History {
  /** In one old partition, without their event rows, as far as they are not among the next. */
  bodies: number
  /** Finished events with their runs, older than anything is kept. */
  events: number
  /** Dead letters among the bodies, which have to be moved. */
  dead: number
}

const AGE_DAYS = 100
const CHUNK = 250_000

/** Writes a past into an empty database, on the server itself. Its bodies are of 256 bytes each: none gets as far as TOAST. */
export async function fillHistory(databaseUrl: string, history: History, progress: Progress): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const { rows } = await client.query<{ day: string; name: string }>(
      `select to_char(day, 'YYYY-MM-DD') as day, to_char(day, 'YYYYMMDD') as name
       from (select (now() at time zone 'utc')::date - ${AGE_DAYS} as day) as old`,
    )
    const { day, name } = rows[0] as (typeof rows)[number]
    await client.query(`create table posthorn.bodies_${name} partition of posthorn.bodies
      for values from ('${day}') to (date '${day}' + 1)`)
    for (let from = 1; from <= history.bodies; from += CHUNK) {
      const to = Math.min(from + CHUNK - 1, history.bodies)
      await client.query(
        `insert into posthorn.bodies (day, key, headers, body)
         select $3, md5(n::text)::uuid, '{"content-type":"application/json"}', convert_to(repeat(md5(n::text), 8), 'UTF8')
         from generate_series($1::integer, $2::integer) as n`,
        [from, to, day],
      )
      progress(`${to} of ${history.bodies} bodies`)
    }
    await fillEvents(client, history, day)
    await client.query('vacuum analyze posthorn.events')
    // What the filling has left to write must not be taken for the work of retention.
    await client.query('checkpoint')
  } finally {
    await client.end()
  }
}

async function fillEvents(client: pg.Client, { events, dead }: History, day: string): Promise<void> {
  await client.query(
    `insert into posthorn.events (key, source, provider, event_id, type, received_at, state, body_hash, body_day, receipt_id, secret_slot)
     select md5(n::text)::uuid, 'shop', 'stripe', 'evt_' || n, 'invoice.paid', $2::date + n * interval '1 millisecond',
       case when n <= $3 then 'dead' else 'processed' end, '', $2, gen_random_uuid(), 'current'
     from generate_series(1, $1::integer) as n`,
    [events, day, dead],
  )
  await client.query(
    `insert into posthorn.runs (key, handler, attempt, state)
     select key, 'orders', 1, case state when 'dead' then 'dead' else 'processed' end from posthorn.events`,
  )
  await client.query(
    `insert into posthorn.dead_letters (key, handler, attempt, code, message, received_at, source, type, fingerprint)
     select key, 'orders', 1, 'broken', 'broken', received_at, source, type, '' from posthorn.events where state = 'dead'`,
  )
}
