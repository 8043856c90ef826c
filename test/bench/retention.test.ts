import assert from 'node:assert/strict'
import { test } from 'node:test'
import { measureRetention } from '../../bench/retention/measure-retention.ts'
import { createTestDatabase } from '../support/database.ts'

const BRIEF = {
  ...{ bodies: 5_000, perSecond: 100, connections: 8, quietMs: 600, lingerMs: 100, maxMs: 60_000 },
  progress: () => undefined,
}

test('a past is dropped while acks flow; what is unfinished of it is kept', async (t) => {
  const database = await createTestDatabase()
  t.after(() => database.drop())
  const result = await measureRetention({ ...BRIEF, databaseUrl: database.url })
  const { kept, deleted, answered, quiet, during } = result
  assert.deepEqual({ kept, deleted }, { kept: 10, deleted: 90 })
  assert.ok(answered > 10)
  for (const { p50, p99, max } of [quiet, during]) assert.ok(p50 > 0 && p99 >= p50 && max >= p99)
  const { rows } = await database.pool().query(
    `select (select count(*)::integer from posthorn.kept_bodies) as kept,
       (select count(*)::integer from posthorn.events where state = 'dead') as dead,
       (select count(*)::integer from posthorn.events where state = 'processed') as processed`,
  )
  assert.deepEqual(rows, [{ kept: 10, dead: 10, processed: 0 }])
})

test('a load that ended before retention was done and watched has measured nothing', async (t) => {
  const database = await createTestDatabase()
  t.after(() => database.drop())
  const measuring = measureRetention({ ...BRIEF, databaseUrl: database.url, bodies: 100, maxMs: 50 })
  await assert.rejects(
    measuring,
    /^Error: retention took .* s and was to be watched for 0\.1 s more, and acks flowed for 0\.05 s only$/,
  )
})
