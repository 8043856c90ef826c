import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ensurePartitions } from '../../src/storage/partitions.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { dropAllPartitions } from './drop-all-partitions.ts'

let database: TestDatabase
let pool: Pool

before(async () => {
  database = await createTestDatabase()
  pool = database.pool({ max: 8 })
})
after(() => database.drop())

async function partitionsOf(parent: string): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = $1::regclass order by 1`,
    [`posthorn.${parent}`],
  )
  return rows.map(({ name }) => name)
}

async function today(): Promise<string | undefined> {
  const { rows } = await pool.query<{ today: string }>(`select to_char(now() at time zone 'utc', 'YYYYMMDD') as today`)
  return rows[0]?.today
}

test('today and fourteen days ahead have a partition, made once however many ask', async () => {
  await dropAllPartitions(pool)
  const days = [await today()]
  await Promise.all([1, 2, 3, 4].map(() => ensurePartitions(pool)))
  days.push(await today())
  for (const parent of ['bodies', 'receipts']) {
    const names = await partitionsOf(parent)
    assert.equal(names.length, 15)
    // Midnight may have passed meanwhile.
    assert.ok(days.some((day) => names[0] === `${parent}_${day}`))
  }
})

test('there is no default partition to swallow what belongs nowhere', async () => {
  const { rows } = await pool.query(`select partdefid::integer as id from pg_partitioned_table where partdefid <> 0`)
  assert.deepEqual(rows, [])
  await assert.rejects(
    pool.query(
      `insert into posthorn.bodies (day, key, headers, body) values ('2001-01-01', gen_random_uuid(), '{}', '')`,
    ),
    /no partition of relation/,
  )
})
