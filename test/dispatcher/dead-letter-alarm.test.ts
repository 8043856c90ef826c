import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { raisedLevels, startDeadLetterAlarm } from '../../src/dispatcher/dead-letter-alarm.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'

let database: TestDatabase
let pool: Pool

before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
})
after(() => database.drop())

const THRESHOLDS = { warning: 50, critical: 200, growth: 20 }

test('each level is raised by more than its threshold (rows 186, 303)', () => {
  const levels = (depth: number, recent = 0) => raisedLevels({ depth, recent }, THRESHOLDS)
  assert.deepEqual(levels(0), [])
  assert.deepEqual(levels(50), [])
  assert.deepEqual(levels(51), ['warning'])
  assert.deepEqual(levels(200), ['warning'])
  assert.deepEqual(levels(201), ['warning', 'critical'])
  assert.deepEqual(levels(21, 20), [])
  assert.deepEqual(levels(21, 21), ['growth'])
})

async function add(count: number, age: string): Promise<void> {
  await pool.query(
    `insert into posthorn.dead_letters (key, handler, attempt, code, message, fingerprint, source, type, received_at, dead_lettered_at)
     select gen_random_uuid(), 'settle', 1, 'code', '', '', 'shop', 'paid', now(), now() - $2::interval
     from generate_series(1, $1::integer)`,
    [count, age],
  )
}

test('a crossing is said once in the log, and the gauges stand at what is so now', async (t) => {
  const metrics = createMetrics()
  const lines: Record<string, unknown>[] = []
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) }
  const logger = createLogger({ level: 'info', name: 'test', destination })
  let looks = 0
  const counting = {
    query(...args: unknown[]): unknown {
      looks += 1
      return Reflect.apply(pool.query, pool, args)
    },
  }
  t.after(
    startDeadLetterAlarm({ pool: counting as unknown as Pool, metrics, logger, thresholds: THRESHOLDS, everyMs: 20 }),
  )
  const gauges = async (): Promise<Record<string, number>> => {
    const { values } = await metrics.deadLetterAlarm.get()
    return Object.fromEntries(values.map(({ labels, value }) => [String(labels.level), value]))
  }
  const reach = (expected: Record<string, number>) => eventually(async () => assert.deepEqual(await gauges(), expected))

  await reach({ warning: 0, critical: 0, growth: 0 })
  await add(60, '1 hour')
  await reach({ warning: 1, critical: 0, growth: 0 })
  await add(21, '1 minute')
  await reach({ warning: 1, critical: 0, growth: 1 })
  await pool.query('truncate posthorn.dead_letters')
  await reach({ warning: 0, critical: 0, growth: 0 })
  const before = looks
  await eventually(() => looks > before + 3)
  assert.deepEqual(
    lines.map(({ msg, level, alarm, threshold, depth }) => [msg, level, alarm, threshold, depth]),
    [
      ['dead_letters.alarm', 'error', 'warning', 50, 60],
      ['dead_letters.alarm', 'error', 'growth', 20, 81],
      ['dead_letters.calm', 'info', 'warning', 50, 0],
      ['dead_letters.calm', 'info', 'growth', 20, 0],
    ],
  )
})
