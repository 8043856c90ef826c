import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { type LocalPostgres, startPostgres } from '../../src/stack/postgres.ts'
import { eventually } from '../support/eventually.ts'
import { type Stage, setStage } from './stage.ts'

let directory: string
let postgres: LocalPostgres
let stage: Stage
const calls: string[] = []
const PATIENCE = { timeoutMs: 60_000 }

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'posthorn-failover-'))
  postgres = await startPostgres({ directory, port: 0 })
  stage = await setStage({ postgresUrl: postgres.url })
  await stage.serve()
})
after(async () => {
  await stage.close()
  await postgres.stop()
  await rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
})
afterEach(() => {
  stage.postgresProxy.accept()
  stage.postgresProxy.thaw()
  stage.api.release()
})

/** As after a crash of the machine: what was not written to the disk is gone. */
async function crashAndRestart(): Promise<void> {
  await postgres.kill()
  postgres = await startPostgres({ directory, port: postgres.port })
}

async function cutConnections(): Promise<void> {
  stage.postgresProxy.refuse()
  await delay(randomInt(0, 20))
  stage.postgresProxy.accept()
}

interface Tally {
  acknowledged: string[]
  refused: string[]
}

/** Sends one event after another, until told to stop. Any answer but 200 and 503 ends the test. */
async function send(name: string, tally: Tally, isOver: () => boolean): Promise<void> {
  for (let n = 0; !isOver(); n += 1) {
    const callId = `call_${name}_${n}`
    const { status } = await stage.send(callId)
    assert.ok(status === 200 || status === 503, `${callId} was answered ${status}`)
    ;(status === 200 ? tally.acknowledged : tally.refused).push(callId)
    // Few enough for Temporal to run them all soon.
    await delay(status === 200 ? 20 : 1_000)
  }
}

test('connections cut in the middle of commits, and a server killed in the middle of them, lose nothing that was acknowledged', async (t) => {
  const tally: Tally = { acknowledged: [], refused: [] }
  let isOver = false
  const senders = Array.from({ length: 4 }, (_, n) => send(`storm${n}`, tally, () => isOver))
  for (let cuts = 0; cuts < 6 || tally.acknowledged.length < 10; cuts += 1) {
    await delay(randomInt(100, 600))
    await cutConnections()
  }
  await crashAndRestart()
  const before = tally.acknowledged.length
  await eventually(() => tally.acknowledged.length > before, PATIENCE)
  isOver = true
  await Promise.all(senders)
  t.diagnostic(`acknowledged ${tally.acknowledged.length}, refused ${tally.refused.length}`)
  assert.ok(tally.refused.length > 2)
  const { rows } = await stage.pool.query<{ event_id: string }>('select event_id from posthorn.events')
  const stored = new Set(rows.map((row) => row.event_id))
  assert.deepEqual(
    tally.acknowledged.filter((callId) => !stored.has(`evt_${callId}`)),
    [],
  )
  // Some of these had been committed when the connection went: the sender cannot know, and need not.
  for (const callId of tally.refused) assert.equal((await stage.send(callId)).status, 200)
  calls.push(...tally.acknowledged, ...tally.refused)
  await stage.work()
  await stage.assertProcessedOnce(calls)
})

test('while Postgres is away runs wait, and seconds after it is back everything goes on', async (t) => {
  stage.api.hold()
  const open = ['call_open_1', 'call_open_2']
  for (const callId of open) assert.equal((await stage.send(callId)).status, 200)
  await eventually(() => stage.api.waiting >= open.length, PATIENCE)
  stage.postgresProxy.refuse()
  await delay(6_000)
  // From here on the runs need the database, and do not have it.
  stage.api.release()
  await delay(1_500)
  assert.equal((await stage.send('call_waiting')).status, 503)
  stage.postgresProxy.accept()
  const backAt = performance.now()
  const since = (): string => `${Math.round(performance.now() - backAt)} ms`
  await eventually(async () => assert.equal((await stage.send('call_waiting')).status, 200), PATIENCE)
  t.diagnostic(`acknowledged again after ${since()}`)
  await eventually(async () => assert.equal(await stage.stateOf('call_waiting'), 'processed'), PATIENCE)
  t.diagnostic(`claimed and processed again after ${since()}`)
  assert.ok(performance.now() - backAt < 45_000)
  calls.push(...open, 'call_waiting')
  await stage.assertProcessedOnce(calls)
  t.diagnostic(`open runs closed after ${since()}`)
})

test('a statement is given twelve seconds while Postgres is silent, what queued behind as long again, and nothing is acknowledged', async (t) => {
  stage.postgresProxy.freeze()
  const silent = Array.from({ length: 8 }, (_, n) => `call_silent_${n}`)
  const waits = await Promise.all(
    silent.map(async (callId, n) => {
      await delay(n * 200)
      const sentAt = performance.now()
      assert.equal((await stage.send(callId)).status, 503)
      return Math.round(performance.now() - sentAt)
    }),
  )
  t.diagnostic(`answered 503 after ${waits.join(', ')} ms`)
  assert.ok((waits[0] ?? 0) > 11_000, 'a slow commit is not given up early')
  assert.ok(Math.max(...waits) < 30_000)
  stage.postgresProxy.thaw()
  for (const callId of silent)
    await eventually(async () => assert.equal((await stage.send(callId)).status, 200), PATIENCE)
  calls.push(...silent)
  await stage.assertProcessedOnce(calls)
})
