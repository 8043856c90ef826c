import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type BulkReplay, readReplay } from '../../src/storage/replays/bulk-replay.ts'
import { recordReplay } from '../../src/storage/replays/start-replay.ts'
import { eventually } from '../support/eventually.ts'
import { type Stage, setStage } from './stage.ts'

const HANDLER = 'teamConnectCallEnded'
const EVENTS = 40
const PATIENCE = { timeoutMs: 120_000, intervalMs: 50 }

let stage: Stage

before(async () => {
  stage = await setStage()
  await stage.serve()
})
after(() => stage.close())

const reach = (id: string, reached: (replay: BulkReplay) => boolean): Promise<BulkReplay> =>
  eventually(async () => {
    const replay = await readReplay(stage.pool, id)
    assert.ok(replay && reached(replay), JSON.stringify(replay))
    return replay
  }, PATIENCE)

test('a worker that is killed again and again in the middle of a replay: every event is replayed once', async () => {
  let worker = await stage.work()
  const calls = Array.from({ length: EVENTS }, (_, n) => `call_${n}`)
  await Promise.all(calls.map((call) => stage.send(call)))
  await stage.assertProcessedOnce(calls)

  const id = await recordReplay(stage.pool, {
    actor: 'ada',
    reason: 'the fix is out',
    filter: { state: 'processed', handler: HANDLER },
    ramp: { canary: 5, rate: 25, stopAbove: 0.05 },
  })
  // In the canary, and on the way up.
  for (const queued of [1, 20]) {
    await reach(id, ({ figures }) => figures.selected - figures.waiting >= queued)
    await worker.kill()
    worker = await stage.work()
  }
  const { state, figures } = await reach(id, ({ endedAt }) => endedAt !== null)
  assert.deepEqual([state, figures.processed, figures.skipped, figures.failed], ['done', EVENTS, 0, 0])

  const { rows } = await stage.pool.query(
    `select attempt, state, count(*)::integer as runs from posthorn.runs where handler = $1 group by 1, 2 order by 1, 2`,
    [HANDLER],
  )
  assert.deepEqual(rows, [
    { attempt: 1, state: 'processed', runs: EVENTS },
    { attempt: 2, state: 'processed', runs: EVENTS },
  ])
  const effects = await stage.pool.query('select call_id from call_records')
  assert.equal(effects.rowCount, EVENTS)
})
