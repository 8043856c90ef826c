import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import {
  deleteExpiredCoverage,
  deleteExpiredReplayItems,
  deleteExpiredReplays,
} from '../../src/storage/expire-ledgers.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'

let database: TestDatabase
let pool: Pool

before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
})
after(() => database.drop())

async function replay(endedDaysAgo: number | null): Promise<string> {
  const id = randomUUID()
  await pool.query(
    `insert into posthorn.replays (id, actor, reason, filter, canary, rate, stop_above, state, ended_at)
     values ($1, 'ada', 'why', '{}', 1, 1, 1, 'done', now() - $2 * interval '1 day')`,
    [id, endedDaysAgo],
  )
  await pool.query(
    `insert into posthorn.replay_items (replay_id, position, key, seen_attempt)
     select $1, n, gen_random_uuid(), 1 from generate_series(1, 5) n`,
    [id],
  )
  return id
}

test('a replay goes some days after its end, its items before it and a batch at a time', async () => {
  await replay(91)
  const kept = [await replay(89), await replay(null)]
  assert.equal(await deleteExpiredReplays(pool, 90, 100), 0, 'its items stand')
  assert.deepEqual([await deleteExpiredReplayItems(pool, 90, 3), await deleteExpiredReplayItems(pool, 90, 3)], [3, 2])
  assert.equal(await deleteExpiredReplays(pool, 90, 100), 1)
  const { rows } = await pool.query<{ id: string; items: number }>(
    `select id, (select count(*)::integer from posthorn.replay_items i where i.replay_id = r.id) as items from posthorn.replays r order by id`,
  )
  assert.deepEqual(
    rows,
    kept.toSorted().map((id) => ({ id, items: 5 })),
  )
})

test('windows of the coverage ledger go when they are closed and old, but never the latest of a source', async () => {
  await pool.query(
    `insert into posthorn.coverage (source, origin, from_at, to_at, state, due_at)
     select source, 'schedule', now() - (days + 1) * interval '1 day', now() - days * interval '1 day', state, now()
     from (values ('shop', 120, 'closed'), ('shop', 100, 'open'), ('shop', 95, 'closed'), ('shop', 10, 'closed'),
                  ('quiet', 200, 'closed'), ('quiet', 150, 'closed')) as w(source, days, state)`,
  )
  assert.equal(await deleteExpiredCoverage(pool, 90, 2), 2)
  assert.equal(await deleteExpiredCoverage(pool, 90, 2), 1)
  assert.equal(await deleteExpiredCoverage(pool, 90, 2), 0)
  const { rows } = await pool.query<{ source: string; days: number }>(
    `select source, extract(day from now() - to_at)::integer as days from posthorn.coverage order by source, days`,
  )
  assert.deepEqual(rows, [
    { source: 'quiet', days: 150 },
    { source: 'shop', days: 10 },
    { source: 'shop', days: 100 },
  ])
})
