import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { cliPlaces, findTemporalCli } from '../../src/stack/temporal-cli.ts'
import { type LocalTemporal, startTemporal } from '../../src/stack/temporal-server.ts'
import { type BulkReplay, readReplay } from '../../src/storage/replays/bulk-replay.ts'
import { recordReplay } from '../../src/storage/replays/start-replay.ts'
import { SEARCH_ATTRIBUTES } from '../../src/temporal/search-attributes.ts'
import { eventually } from '../support/eventually.ts'
import type { PosthornProcess } from './posthorn-process.ts'
import { type Stage, setStage } from './stage.ts'

let directory: string
let temporal: LocalTemporal
let stage: Stage
let worker: PosthornProcess
const PATIENCE = { timeoutMs: 90_000 }
const MANY = 80

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'posthorn-rebuilt-'))
  temporal = await startServer('first')
  stage = await setStage({ temporalAddress: temporal.address })
  await stage.serve()
  worker = await stage.work()
})
after(async () => {
  await stage.close()
  await temporal.stop()
  await rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
})

/** An empty one, unless a server of this name was there before. */
async function startServer(name: string): Promise<LocalTemporal> {
  const port = Number((temporal as LocalTemporal | undefined)?.address.split(':')[1] ?? 0)
  return startTemporal({
    cli: await findTemporalCli(cliPlaces(process.env)),
    port,
    uiPort: 0,
    dbFilename: join(directory, `${name}.db`),
    searchAttributes: Object.values(SEARCH_ATTRIBUTES),
  })
}

async function countOf(query: string): Promise<number> {
  const { rows } = await stage.pool.query<{ count: number }>(`select count(*)::integer as count from ${query}`)
  return rows[0]?.count ?? 0
}

test('runs that a new, empty Temporal does not know are run once more, with one effect each', async () => {
  const done = Array.from({ length: 3 }, (_, n) => `call_done_${n}`)
  const open = Array.from({ length: 50 }, (_, n) => `call_open_${n}`)
  for (const callId of done) assert.equal((await stage.send(callId)).status, 200)
  await stage.assertProcessedOnce(done)
  stage.api.hold()
  for (const callId of open) assert.equal((await stage.send(callId)).status, 200)
  // Each event has a run of its handler and one of the mirror; the breaker keeps back the last ones while the API is silent.
  await eventually(async () => assert.ok((await countOf('posthorn.open_runs')) >= MANY), PATIENCE)
  await temporal.kill()
  temporal = await startServer('second')
  stage.api.release()
  await stage.assertProcessedOnce([...done, ...open], 2)
  // Runs whose local activities were under way at that moment were ended by their worker all the same, and are not among them.
  assert.ok((await countOf(`posthorn.runs where error_code = 'run_lost'`)) >= MANY / 2)
  assert.equal(await countOf('posthorn.dead_letters'), 0)
  // What had ended before the loss is known to Postgres, and is not run again.
  assert.equal(
    await countOf(`posthorn.runs join posthorn.events using (key) where event_id like 'evt_call_done%'`),
    2 * done.length,
  )
})

const reach = (id: string, reached: (replay: BulkReplay) => boolean): Promise<BulkReplay> =>
  eventually(async () => {
    const replay = await readReplay(stage.pool, id)
    assert.ok(replay && reached(replay), JSON.stringify(replay))
    return replay
  }, PATIENCE)

test('a replay that was under way goes on, and what Temporal lost of it does not stop it', async () => {
  const handler = 'teamConnectCallEnded'
  const events = await countOf('posthorn.events')
  const lost = `posthorn.runs where error_code = 'run_lost' and handler = '${handler}'`
  const lostBefore = await countOf(lost)
  const id = await recordReplay(stage.pool, {
    actor: 'ada',
    reason: 'the fix is out',
    filter: { state: 'processed', handler },
    ramp: { canary: 10, rate: 250, stopAbove: 0.05 },
  })
  stage.api.hold()
  await eventually(async () => assert.ok((await countOf('posthorn.open_runs')) >= 3), PATIENCE)
  // With its worker, which would bring runs to their end that it has in memory.
  await worker.kill()
  await temporal.kill()
  temporal = await startServer('third')
  stage.api.release()
  await stage.work()
  const { state, figures } = await reach(id, ({ endedAt }) => endedAt !== null)
  assert.deepEqual([state, figures.processed, figures.failed], ['done', events, 0])
  assert.ok((await countOf(lost)) > lostBefore)
})
