import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createInbox } from '../../src/storage/inbox.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { LISTED } from '../../src/storage/redeliveries.ts'
import { replayEvent } from '../../src/storage/replay.ts'
import { nextFetchSequence } from '../../src/storage/entities.ts'
import { runProgram } from '../../src/main/program.ts'
import { createWakeUp } from '../../src/storage/wake-up.ts'
import { incomingEvent } from '../storage/incoming-event.ts'
import { type TestDatabase, copyDatabase, createTestDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { type TestTemporal, connectTemporal, createNamespace } from '../support/temporal.ts'
import { type TestEngine, startTestEngine } from '../support/test-engine.ts'
import { toySource } from '../support/toy-source.ts'

/** What the effects are written to: another system, which nobody restores. */
let outside: TestDatabase
let effects: Pool
let temporal: TestTemporal
const databases: TestDatabase[] = []
const PATIENCE = { timeoutMs: 60_000 }

before(async () => {
  outside = await createTestDatabase()
  effects = outside.pool()
  await effects.query('create table toy_effects (event_id text primary key, runs integer not null)')
  const root = await connectTemporal()
  temporal = await connectTemporal({ namespace: await createNamespace(root.connection) })
  await root.close()
})
after(async () => {
  await temporal.close()
  for (const database of [...databases, outside]) await database.drop()
})

const start = (database: TestDatabase, userPool: Pool): Promise<TestEngine> =>
  startTestEngine({
    database,
    temporal,
    source: toySource(),
    userPool,
    dispatcher: { maxInFlight: 16, leaseMs: 2_000, pollMs: 200, checkAfterMs: 500 },
    sweep: { everyMs: 200, checkEveryMs: 500, stuck: { afterTasks: 5, giveUpAfterMs: 1_800_000 } },
  })

/** Offers events as a webhook does, or as reconciliation does with what it found in the provider's list. */
async function offer(pool: Pool, type: string, eventIds: readonly string[], secretSlot = 'current'): Promise<void> {
  const inbox = createInbox({ pool, onCommitted: createWakeUp(pool) })
  const toyEvent = (eventId: string) => {
    const body = Buffer.from(JSON.stringify({ id: eventId, type, by: secretSlot }))
    return incomingEvent({ source: 'toy', provider: 'toy', eventId, type, body, secretSlot })
  }
  await Promise.all(eventIds.map((eventId) => inbox.accept(toyEvent(eventId))))
}

async function states(pool: Pool): Promise<Record<string, string>> {
  const { rows } = await pool.query<{ event_id: string; state: string }>('select event_id, state from posthorn.events')
  return Object.fromEntries(rows.map((row) => [row.event_id, row.state]))
}

const all = (eventIds: readonly string[], state: string) => Object.fromEntries(eventIds.map((id) => [id, state]))

const untilStates = (pool: Pool, expected: Record<string, string>): Promise<void> =>
  eventually(async () => assert.deepEqual(await states(pool), expected), PATIENCE)

async function effectRuns(pool: Pool): Promise<Record<string, number>> {
  const { rows } = await pool.query<{ event_id: string; runs: number }>('select event_id, runs from toy_effects')
  return Object.fromEntries(rows.map((row) => [row.event_id, row.runs]))
}

/** Gives the commands that docs/outages.md has for a restore, as they stand there but for the times. */
async function recover(database: TestDatabase, command: string, times: Record<string, string>): Promise<void> {
  const page = await readFile(join(import.meta.dirname, '../../docs/outages.md'), 'utf8')
  const written = page.split(/[`\n]/).find((line) => line.trim().startsWith(`posthorn ${command}`))
  assert.ok(written, command)
  const words = [...written.trim().matchAll(/'([^']*)'|<([^>]*)>|(\S+)/g)].map(
    ([, quoted, time, word]) => quoted ?? word ?? times[time ?? ''] ?? assert.fail(written),
  )
  let told = ''
  const tell = (text: string): void => void (told += text)
  const environment = {
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: temporal.namespace,
    POSTHORN_OPERATOR: 'ada',
  }
  const code = await runProgram(words.slice(1), { environment, given: environment, out: tell, err: tell })
  assert.equal(code, 0, told)
}

const names = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, n) => `${prefix}_${n}`)
const once = (eventIds: readonly string[]) => Object.fromEntries(eventIds.map((id) => [id, 1]))

test('a database restored to an earlier time converges, and what Temporal has run is not run again', async () => {
  const [settled, queued, lost, dead] = [names('settled', 5), names('queued', 5), names('lost', 10), names('dead', 3)]
  const original = await createTestDatabase()
  databases.push(original)
  const pool = original.pool()
  let engine = await start(original, effects)
  await offer(pool, 'plain', settled)
  await untilStates(pool, all(settled, 'processed'))
  await engine.stop()
  await offer(pool, 'plain', queued)

  const backup = await copyDatabase(original)
  databases.push(backup)

  // What happens after the backup is unknown to it: in the end one run is open.
  engine = await start(original, effects)
  await offer(pool, 'plain', lost)
  await offer(pool, 'refused', dead)
  await untilStates(pool, {
    ...all([...settled, ...queued, ...lost], 'processed'),
    ...all(dead, 'dead'),
  })
  const blocker = await effects.connect()
  await blocker.query('begin; lock table toy_effects in exclusive mode')
  await offer(pool, 'plain', ['open_0'])
  await eventually(async () => assert.equal((await states(pool))['open_0'], 'dispatched'), PATIENCE)
  const stopping = engine.stop()

  const restored = backup.pool()
  await blocker.query('rollback')
  blocker.release()
  await stopping
  engine = await start(backup, effects)
  try {
    // Its run closes, and finds no event to close: nothing is written about what is not there.
    const handle = temporal.client.workflow.getHandle('event/toy/open_0/toyPlain')
    await eventually(async () => assert.equal((await handle.describe()).status.name, 'COMPLETED'), PATIENCE)
    await untilStates(restored, all([...settled, ...queued], 'processed'))
    // Reconciliation, or senders that send again, bring back what the backup lacks.
    await offer(restored, 'plain', [...lost, 'open_0'], LISTED)
    await offer(restored, 'refused', dead, LISTED)
    await untilStates(restored, {
      ...all([...settled, ...queued, ...lost, 'open_0'], 'processed'),
      ...all(dead, 'dead'),
    })
    const letters = await restored.query('select count(*)::integer as letters from posthorn.dead_letters')
    assert.deepEqual(letters.rows, [{ letters: dead.length }])
    const runs = await effectRuns(effects)
    assert.equal(runs['open_0'], 1)
    assert.deepEqual(runs, once([...settled, ...queued, ...lost, 'open_0']))
  } finally {
    await engine.stop()
  }
})

test('effects that were restored along with it come back by replays, as attempts of their own', async () => {
  const original = await createTestDatabase()
  databases.push(original)
  const pool = original.pool()
  await pool.query('create table toy_effects (event_id text primary key, runs integer not null)')
  const [kept, undone] = [names('kept', 2), names('undone', 3)]
  let engine = await start(original, pool)
  await offer(pool, 'plain', kept)
  await untilStates(pool, all(kept, 'processed'))
  await engine.stop()
  const backup = await copyDatabase(original)
  databases.push(backup)
  engine = await start(original, pool)
  await offer(pool, 'plain', undone)
  await untilStates(pool, all([...kept, ...undone], 'processed'))
  // One of them has had a second attempt, of which Temporal keeps knowing.
  assert.ok((await replayEvent(pool, { source: 'toy', eventId: 'undone_0' })).replayed)
  await eventually(async () => assert.equal((await effectRuns(pool))['undone_0'], 2), PATIENCE)
  await untilStates(pool, all([...kept, ...undone], 'processed'))
  await engine.stop()

  const restored = backup.pool()
  const restoredAt = new Date().toISOString()
  engine = await start(backup, restored)
  try {
    await offer(restored, 'plain', undone, LISTED)
    await untilStates(restored, all([...kept, ...undone], 'processed'))
    assert.deepEqual(await effectRuns(restored), once(kept), 'Temporal believes that they are done')
    await recover(backup, 'replays start --state processed', { 'time of the restore': restoredAt })
    await eventually(async () => assert.deepEqual(await effectRuns(restored), once([...kept, ...undone])), PATIENCE)
  } finally {
    await engine.stop()
  }
})

test('reads after a restore are newer than those before, wherever their versions stand', async () => {
  const database = await createTestDatabase()
  databases.push(database)
  const backup = await copyDatabase(database)
  databases.push(backup)
  const pool = database.pool()
  await pool.query(`select nextval('posthorn.fetch_sequence') from generate_series(1, 1000)`)
  const before = await nextFetchSequence(pool)
  await recover(backup, 'migrate --restored', {})
  const first = await nextFetchSequence(backup.pool())
  assert.ok(first > before, `${first} is not above ${before}`)
  // The same backup once more: what the first recovery counted is forgotten, too.
  await recover(database, 'migrate --restored', {})
  assert.ok((await nextFetchSequence(database.pool())) > first)
})
