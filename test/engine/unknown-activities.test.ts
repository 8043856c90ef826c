import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { createInbox } from '../../src/storage/inbox.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { createWakeUp } from '../../src/storage/wake-up.ts'
import { type UserActivities, readActivities } from '../../src/temporal/user-activities.ts'
import { incomingEvent } from '../storage/incoming-event.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { type TestTemporal, connectTemporal, createNamespace } from '../support/temporal.ts'
import { type TestEngine, startTestEngine } from '../support/test-engine.ts'
import { toySource } from '../support/toy-source.ts'
import * as toyActivities from './installation/activities.ts'

const PATIENCE = { timeoutMs: 60_000 }

/** What a rollback leaves: runs are open that ask for `readReceived`, and no worker has it. */
const { readReceived: _gone, ...others } = toyActivities
const rolledBack: UserActivities = readActivities(others)

let database: TestDatabase
let temporal: TestTemporal
let pool: Pool
let running: TestEngine | undefined

beforeEach(async () => {
  const root = await connectTemporal()
  temporal = await connectTemporal({ namespace: await createNamespace(root.connection) })
  await root.close()
  database = await createTestDatabase()
  pool = database.pool()
})
afterEach(async () => {
  await running?.stop()
  running = undefined
  await temporal.close()
  await database.drop()
})

async function start(overrides: Partial<Parameters<typeof startTestEngine>[0]> = {}): Promise<void> {
  running = await startTestEngine({ database, temporal, source: toySource(), ...overrides })
}

/** An event whose handler asks for `readReceived`, an activity that is a task of its own. */
async function accept(): Promise<string> {
  const body = Buffer.from(JSON.stringify({ id: 'evt_1', type: 'edge' }))
  const event = incomingEvent({ source: 'toy', provider: 'toy', eventId: 'evt_1', type: 'edge', body })
  return (await createInbox({ pool, onCommitted: createWakeUp(pool) }).accept(event)).key
}

const reaches = (key: string, state: string) =>
  eventually(async () => {
    const { rows } = await pool.query('select state from posthorn.events where key = $1', [key])
    assert.deepEqual(rows, [{ state }])
  }, PATIENCE)

test('a run that asks for an activity which the deployed code does not have waits for a deployment that has it', async () => {
  await start({ activities: rolledBack })
  const key = await accept()
  await eventually(async () => {
    const { rows } = await pool.query('select distinct activity, code from posthorn.run_failures where key = $1', [key])
    assert.deepEqual(rows, [{ activity: 'readReceived', code: 'unknown_activity' }])
  }, PATIENCE)
  await running?.stop()
  await start()
  await reaches(key, 'processed')
})

test('where no deployment brings the activity, the run becomes a dead letter that names it', async () => {
  await start({ activities: rolledBack, outageLimitMs: 3_000 })
  const key = await accept()
  await reaches(key, 'dead')
  const { rows } = await pool.query<{ code: string; message: string }>(
    'select error_code as code, error_message as message from posthorn.runs where key = $1',
    [key],
  )
  assert.equal(rows[0]?.code, 'unknown_activity')
  assert.match(rows[0]?.message ?? '', /readReceived/)
})
