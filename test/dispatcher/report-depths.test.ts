import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { reportDepths } from '../../src/dispatcher/report-depths.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { createTestDatabase } from '../support/database.ts'

test('events that are parked are counted by source and code, and no longer once they are not', async (t) => {
  const database = await createTestDatabase()
  t.after(() => database.drop())
  const [pool, metrics] = [database.pool(), createMetrics()]
  const shown = async (): Promise<string[]> => {
    await reportDepths(pool, metrics)
    const { values } = await metrics.parkedEvents.get()
    return values.map(({ labels, value }) => `${labels.source} ${labels.code} ${value}`).sort()
  }
  assert.deepEqual(await shown(), [])
  const parked = [
    ['shop', 'schema_mismatch'],
    ['shop', 'schema_mismatch'],
    ['shop', 'malformed_body'],
    ['calls', 'schema_mismatch'],
  ]
  for (const [source, code] of parked)
    await pool.query(`insert into posthorn.parked (key, source, code, detail) values ($1, $2, $3, '')`, [
      randomUUID(),
      source,
      code,
    ])
  assert.deepEqual(await shown(), ['calls schema_mismatch 1', 'shop malformed_body 1', 'shop schema_mismatch 2'])
  await pool.query(`delete from posthorn.parked where code = 'schema_mismatch'`)
  assert.deepEqual(await shown(), ['shop malformed_body 1'])
})
