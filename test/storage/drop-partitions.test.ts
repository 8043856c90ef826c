import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { listDayPartitions } from '../../src/storage/day-partitions.ts'
import { dropPartitions } from '../../src/storage/drop-partitions.ts'
import { createInbox } from '../../src/storage/inbox.ts'
import { dropFinishedBodies } from '../../src/storage/kept-bodies.ts'
import { ensurePartitions } from '../../src/storage/partitions.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { closeRuns } from '../../src/storage/runs.ts'
import { PayloadGoneError, findBody, loadBody } from '../../src/storage/stored-event.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { ageEverything } from './age.ts'
import { incomingEvent } from './incoming-event.ts'

let database: TestDatabase
let pool: Pool

before(async () => {
  database = await createTestDatabase()
  pool = database.pool({ max: 8 })
})
after(() => database.drop())
beforeEach(() =>
  pool.query(
    'truncate posthorn.events, posthorn.bodies, posthorn.kept_bodies, posthorn.queue, posthorn.runs, posthorn.dead_letters',
  ),
)

const KEEP = { bodies: 30, receipts: 30 }
const drop = () => dropPartitions(pool, { keepDays: KEEP, onStep: () => undefined })

/** An event of which nothing is left to do, and one that waits in the queue. */
async function finishedAndWaiting(): Promise<{ finished: string; waiting: string }> {
  const inbox = createInbox({ pool })
  const [finished, waiting] = await Promise.all([inbox.accept(incomingEvent()), inbox.accept(incomingEvent())])
  await pool.query('delete from posthorn.queue where key = $1', [finished.key])
  await pool.query(`update posthorn.events set state = 'processed' where key = $1`, [finished.key])
  return { finished: finished.key, waiting: waiting.key }
}

const stateOf = async (name: string) =>
  (await listDayPartitions(pool)).find((partition) => partition.name === name)?.state

test('a day goes after its time and not before; what is unfinished keeps its bytes', async () => {
  const { finished, waiting } = await finishedAndWaiting()
  const before = await loadBody(pool, waiting)
  const young = await ageEverything(pool, 30)
  assert.deepEqual(await drop(), [])
  await ageEverything(pool, 31)
  // Or it would be older than that after the next midnight.
  await pool.query(`drop table posthorn.${young.bodies}, posthorn.${young.receipts}`)
  const dropped = await drop()
  assert.deepEqual(
    dropped.map(({ name, kept }) => [name.split('_')[0], kept]),
    [
      ['bodies', 1],
      ['receipts', 0],
    ],
  )
  assert.deepEqual(await loadBody(pool, waiting), before)
  assert.equal(await findBody(pool, finished), undefined)
  await assert.rejects(loadBody(pool, finished), PayloadGoneError)
  assert.equal(await dropFinishedBodies(pool, 10), 0)
  await ensurePartitions(pool)
})

test('a kept body goes with the outcome that finishes its event, and stays when that is a dead letter', async () => {
  const { waiting } = await finishedAndWaiting()
  await ageEverything(pool, 40)
  await drop()
  const run = { key: waiting, handler: 'orders' }
  const dispatched = () => pool.query(`update posthorn.events set state = 'dispatched' where key = $1`, [waiting])
  await pool.query('delete from posthorn.queue')
  await dispatched()
  await closeRuns(pool, [{ ...run, attempt: 1, outcome: { state: 'dead', code: 'broken', message: 'broken' } }])
  assert.ok(await findBody(pool, waiting))
  await dispatched()
  await closeRuns(pool, [{ ...run, attempt: 2, outcome: { state: 'processed' } }])
  assert.equal(await findBody(pool, waiting), undefined)
})

test('what was begun is ended: a detachment that was cut off, and one whose drop never came', async () => {
  const { waiting } = await finishedAndWaiting()
  const { bodies } = await ageEverything(pool, 50)
  // An open transaction that has read the partition holds the detachment up; the drop is begun and cut off there.
  const reader = await pool.connect()
  await reader.query('begin')
  await reader.query(`select from posthorn.${bodies}`)
  const impatient = database.pool({ max: 1 })
  await impatient.query(`set lock_timeout = '200ms'`)
  await assert.rejects(
    impatient.query(`alter table posthorn.bodies detach partition posthorn.${bodies} concurrently`),
    { code: '55P03' },
  )
  await eventually(async () => assert.equal(await stateOf(bodies), 'pending'))
  assert.ok(await findBody(pool, waiting), 'a body must be found while its partition is on its way out')
  await reader.query('rollback')
  reader.release()
  await pool.query(`alter table posthorn.bodies detach partition posthorn.${bodies} finalize`)
  assert.equal(await stateOf(bodies), 'detached')
  assert.ok(await findBody(pool, waiting), 'a body must be found in a detached partition')
  assert.deepEqual(
    (await drop()).map(({ kept }) => kept),
    [1, 0],
  )
  assert.ok(await findBody(pool, waiting))
})

test('a reader that does not end holds a drop up, and nobody else', async () => {
  const inbox = createInbox({ pool })
  const { waiting } = await finishedAndWaiting()
  const { bodies } = await ageEverything(pool, 60)
  const reader = await pool.connect()
  await reader.query('begin')
  await reader.query('select from posthorn.bodies')
  const dropping = drop()
  await eventually(async () => assert.equal(await stateOf(bodies), 'pending'))
  assert.equal((await inbox.accept(incomingEvent())).acceptance, 'new')
  assert.ok(await findBody(pool, waiting))
  await reader.query('rollback')
  reader.release()
  assert.equal((await dropping).length, 2)
  assert.ok(await findBody(pool, waiting))
})

test('a reader may be older than anybody else waits for a lock; what others queue behind is not waited for as long', async () => {
  await finishedAndWaiting()
  const { bodies, receipts } = await ageEverything(pool, 70)
  const impatient = database.pool({ max: 1 })
  await impatient.query(`set lock_timeout = '200ms'`)
  const reader = await pool.connect()
  await reader.query('begin')
  await reader.query('select from posthorn.bodies')
  const dropping = dropPartitions(impatient, { keepDays: KEEP, onStep: () => undefined })
  await eventually(async () => assert.equal(await stateOf(bodies), 'pending'))
  await delay(1_000)
  await reader.query('rollback')
  assert.equal((await dropping).length, 2)
  assert.deepEqual([await stateOf(bodies), await stateOf(receipts)], [undefined, undefined])

  // Whoever reads such a day after its detachment would stand in line behind the drop.
  await finishedAndWaiting()
  const next = await ageEverything(pool, 80)
  await pool.query(`alter table posthorn.bodies detach partition posthorn.${next.bodies}`)
  await reader.query('begin')
  await reader.query(`select from posthorn.${next.bodies}`)
  const startedAt = performance.now()
  await assert.rejects(drop(), { code: '55P03' })
  assert.ok(performance.now() - startedAt < 20_000)
  await reader.query('rollback')
  reader.release()
  assert.equal((await drop()).length, 1, 'the receipts have gone already')
})
