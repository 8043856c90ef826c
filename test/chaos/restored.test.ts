import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { connectSources } from '../../src/main/process/connect-sources.ts'
import { runProgram } from '../../src/main/program.ts'
import type { Source } from '../../src/providers/source.ts'
import { toIncomingEvents } from '../../src/receiver/incoming-event.ts'
import { countUnsettled } from '../../src/storage/after-restore.ts'
import { nextFetchSequence } from '../../src/storage/entities.ts'
import { createInbox } from '../../src/storage/inbox.ts'
import { takeDueRuns } from '../../src/storage/open-runs.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { LISTED } from '../../src/storage/redeliveries.ts'
import { replayEvent } from '../../src/storage/replay.ts'
import { advanceReplay } from '../../src/storage/replays/advance-replay.ts'
import { readReplay } from '../../src/storage/replays/bulk-replay.ts'
import { recordReplay } from '../../src/storage/replays/start-replay.ts'
import { registerSources } from '../../src/storage/sources.ts'
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
    // What has ended is not waited for: it is asked after when it is found so.
    dispatcher: { maxInFlight: 16, leaseMs: 2_000, pollMs: 200, checkAfterMs: 600_000 },
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

/** Gives the commands that docs/outages.md has for a restore, as they stand there but for what is to be filled in. Returns what they say. */
async function recover(database: TestDatabase, command: string, filled: Record<string, string>): Promise<string> {
  const page = await readFile(join(import.meta.dirname, '../../docs/outages.md'), 'utf8')
  const written = page.split(/[`\n]/).find((line) => line.trim().startsWith(`posthorn ${command}`))
  assert.ok(written, command)
  const words = [...written.trim().matchAll(/'([^']*)'|<([^>]*)>|(\S+)/g)].map(
    ([, quoted, blank, word]) => quoted ?? word ?? filled[blank ?? ''] ?? assert.fail(written),
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
  return told
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
    // Temporal believes that they are done. Nobody has asked it yet when the command is given.
    await offer(restored, 'plain', undone, LISTED)
    await recover(backup, 'replays start --state processed', { 'time of the restore': restoredAt })
    await eventually(async () => assert.deepEqual(await effectRuns(restored), once([...kept, ...undone])), PATIENCE)
  } finally {
    await engine.stop()
  }
})

test('a replay that was under way by the backup goes on, and repeats nothing', async () => {
  const original = await createTestDatabase()
  databases.push(original)
  const pool = original.pool()
  const replayed = names('replayed', 3)
  let engine = await start(original, effects)
  await offer(pool, 'plain', replayed)
  await untilStates(pool, all(replayed, 'processed'))
  await engine.stop()
  const ramp = { canary: 1, rate: 20, stopAbove: 0.05 }
  const id = await recordReplay(pool, { actor: 'ada', reason: 'a test', filter: { state: 'processed' }, ramp })
  await advanceReplay(pool, id)
  const backup = await copyDatabase(original)
  databases.push(backup)
  const untilDone = (asked: Pool): Promise<void> =>
    eventually(async () => assert.equal((await readReplay(asked, id))?.state, 'done'), PATIENCE)
  engine = await start(original, effects)
  await untilDone(pool)
  await engine.stop()

  engine = await start(backup, effects)
  try {
    const restored = backup.pool()
    assert.equal((await readReplay(restored, id))?.state, 'running')
    await untilDone(restored)
    const runs = await effectRuns(effects)
    assert.deepEqual(
      replayed.map((eventId) => runs[eventId]),
      [2, 2, 2],
    )
    const { rows } = await restored.query('select key from posthorn.unfinished')
    assert.deepEqual(rows, [])
  } finally {
    await engine.stop()
  }
})

test('sources that the backup does not know are named, and run what came since the time they are given', async () => {
  const database = await createTestDatabase()
  databases.push(database)
  const pool = database.pool()
  await registerSources(pool, [{ id: 'stripe', provider: 'stripe', name: 'stripe' }])
  const told = await recover(database, 'migrate --restored', {})
  assert.match(told, /does not know the source github\. .* set its connectedAt before anything starts/)
  assert.doesNotMatch(told, /source stripe/)

  const occurredAt = new Date(Date.now() - 3_600_000)
  const holdOf = async (source: Source) => {
    const [connected] = await connectSources(pool, [source])
    assert.ok(connected)
    const request = { method: 'POST', url: '/', headers: {}, body: Buffer.from('{}') }
    const verified = {
      source: connected,
      request,
      secretSlot: 'current',
      receiptId: '',
      receivedAt: new Date(),
    } as const
    return toIncomingEvents(verified, [{ id: 'evt_1', type: 'plain', occurredAt }], 90)[0]?.hold
  }
  assert.deepEqual(await holdOf(toySource()), { state: 'ignored', reason: 'baseline' })
  assert.equal(await holdOf(toySource({ connectedAt: new Date(Date.now() - 7_200_000) })), undefined)
})

test('what was said of open runs before a restore is asked anew', async () => {
  const database = await createTestDatabase()
  databases.push(database)
  const pool = database.pool()
  await offer(pool, 'plain', ['asked'])
  const lane = `insert into posthorn.lanes (lane, source, handler, entity_kind, entity_id, on_dead, gap_wait_ms)
    values ('00000000-0000-0000-0000-000000000000', 'toy', 'toyPlain', 'order', '1', 'skip', 0)`
  const enter = (
    state: string,
  ) => `insert into posthorn.lane_entries (lane, key, attempt, position, is_sequenced, state)
    select lane, key, 1, seq, false, '${state}' from posthorn.lanes, posthorn.queue`
  await pool.query(`${lane}; ${enter('running')}`)
  await pool.query(
    `with taken as (delete from posthorn.queue returning key)
     insert into posthorn.open_runs (key, handler, attempt, workflow_id, check_at, checks)
     select key, 'toyPlain', 1, 'event/toy/asked/toyPlain', now() + interval '10 minutes', 6 from taken`,
  )
  await offer(pool, 'plain', ['behind'])
  await pool.query(`${enter('waiting')}; delete from posthorn.queue`)
  const unsettled = (source?: string) => countUnsettled(pool, { agoMs: 0, source })
  assert.deepEqual(await unsettled(), new Map())
  await recover(database, 'migrate --restored', {})
  assert.deepEqual(await unsettled(), new Map([['toy', 2]]))
  assert.deepEqual(await unsettled('other'), new Map())
  assert.deepEqual(await countUnsettled(pool, { agoMs: 60_000, source: undefined }), new Map(), 'it came later')
  assert.equal((await takeDueRuns(pool, 10, 60_000)).length, 1)
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
