import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createRetention } from '../../src/retention/retention.ts'
import { listDayPartitions } from '../../src/storage/day-partitions.ts'
import { dropPartitions } from '../../src/storage/drop-partitions.ts'
import { ensurePartitions } from '../../src/storage/partitions.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { ageEverything } from '../storage/age.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'

let database: TestDatabase
let pool: Pool

before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
  await ensurePartitions(pool)
})
after(() => database.drop())

test('where no partition can be made it says how many days are left, and old ones go nevertheless', async () => {
  const { bodies, receipts } = await ageEverything(pool, 40)
  for (const { name, ageDays } of await listDayPartitions(pool)) {
    if (ageDays < -1) await pool.query(`drop table posthorn.${name}`)
  }
  // As for a role that may not create, or no longer.
  await pool.query(
    `create function refuse() returns event_trigger language plpgsql as $$ begin raise 'permission denied for schema'; end $$;
     create event trigger refused on ddl_command_start when tag in ('CREATE TABLE') execute function refuse()`,
  )
  const told: number[] = []
  const retention = createRetention({
    pool,
    effectsPool: pool,
    days: { bodies: 30, receipts: 30, events: 90 },
    onRemoved: (what, count) => told.push(...(what === 'partitions' ? [count] : [])),
    onFewAhead: (days) => told.push(days),
  })
  await assert.rejects(
    retention.partitions(() => undefined),
    /permission denied for schema/,
  )
  assert.deepEqual(told, [1, 2])
  const left = (await listDayPartitions(pool)).map(({ name }) => name)
  assert.deepEqual([left.includes(bodies), left.includes(receipts)], [false, false])

  await pool.query('drop event trigger refused')
  assert.equal((await retention.partitions(() => undefined)).daysAhead, 14)
  assert.deepEqual(told, [1, 2, 0])
})

test('a day that cannot go yet keeps the other table from nothing, and is told of in the end', async () => {
  const [older, newer] = [await ageEverything(pool, 51), await ageEverything(pool, 50)]
  await pool.query(`alter table posthorn.bodies detach partition posthorn.${older.bodies}`)
  const reader = await pool.connect()
  await reader.query('begin')
  await reader.query(`select from posthorn.${older.bodies}`)
  const impatient = database.pool({ max: 1 })
  await impatient.query(`set lock_timeout = '200ms'`)
  const drop = () => dropPartitions(impatient, { keepDays: { bodies: 30, receipts: 30 }, onStep: () => undefined })
  await assert.rejects(drop(), { code: '55P03' })
  await reader.query('rollback')
  reader.release()
  const left = (await listDayPartitions(pool)).map(({ name }) => name)
  const stillThere = ({ bodies, receipts }: typeof older) => [left.includes(bodies), left.includes(receipts)]
  assert.deepEqual([older, newer].map(stillThere), [
    [true, false],
    [true, false],
  ])
  assert.deepEqual(
    (await drop()).map(({ name }) => name),
    [older.bodies, newer.bodies],
  )
})
