import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { processed } from '../../src/domain/event.ts'
import { type IncomingEvent, createInbox } from '../../src/storage/inbox.ts'
import { ensurePartitions } from '../../src/storage/partitions.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { claimQueue } from '../../src/storage/queue.ts'
import { deployRouteTable } from '../../src/storage/route-tables.ts'
import { closeRuns } from '../../src/storage/runs.ts'
import { type RunWait, awaitEvent, waitersFor } from '../../src/storage/waits.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { incomingEvent } from './incoming-event.ts'

let database: TestDatabase
let pool: Pool

before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
  await ensurePartitions(pool)
  await deployRouteTable(pool, { hash: 'now', routes: [] })
})
after(() => database.drop())

const TYPE = 'call.recording.completed'
const entityOf = (call: string) => ({ kind: 'call', id: call })

async function accept(overrides: Partial<IncomingEvent>): Promise<string> {
  return (await createInbox({ pool }).accept(incomingEvent(overrides))).key
}

const arrive = (call: string, more: Partial<IncomingEvent> = {}) =>
  accept({ type: TYPE, entity: entityOf(call), eventId: `rec_${randomUUID()}`, ...more })

/** A wait of a run whose event is stored. */
async function waitOf(call: string): Promise<RunWait> {
  const key = await accept({ type: 'call.ended', entity: entityOf(call), eventId: `end_${call}` })
  const run = { key, handler: 'callEnded', attempt: 1, workflowId: `event/shop/end_${call}/callEnded` }
  return { ...run, number: 1, source: 'shop', type: TYPE, entity: entityOf(call) }
}

const rowsOf = async ({ key }: RunWait): Promise<number> =>
  (await pool.query('select from posthorn.waits where key = $1', [key])).rowCount ?? 0

/** What a dispatcher sees of the event when it claims it now. */
async function claimOf(key: string): Promise<boolean | undefined> {
  const claims = await claimQueue(pool, { limit: 100, leaseMs: 1, routes: 'now', rooms: [['shop', 100]] })
  return claims.find(({ event }) => event.key === key)?.isAwaited
}

test('an event that came before is found, and no wait is registered', async () => {
  const wait = await waitOf('before')
  const key = await arrive('before')
  assert.equal((await awaitEvent(pool, wait, false))?.key, key)
  assert.equal(await rowsOf(wait), 0)
})

test('an event that comes later finds the wait, and the next look finds the event', async () => {
  const wait = await waitOf('after')
  assert.equal(await awaitEvent(pool, wait, false), undefined)
  const key = await arrive('after')
  assert.equal(await claimOf(key), true)
  assert.deepEqual(await waitersFor(pool, { source: 'shop', type: TYPE, entity: entityOf('after') }), [wait.workflowId])
  assert.equal((await awaitEvent(pool, wait, false))?.key, key)
  assert.equal(await rowsOf(wait), 0)
})

/** A pool whose next COMMIT waits for `until`. */
function delayingCommit(until: () => Promise<void>): Pool {
  const connect = async () => {
    const client = await pool.connect()
    const query = async (...args: Parameters<typeof client.query>) => {
      if ((args[0] as unknown) === 'commit') await until()
      return client.query(...args)
    }
    return { query, release: client.release.bind(client) }
  }
  return { connect, query: pool.query.bind(pool) } as unknown as Pool
}

test('an event that is committed and claimed between the look and its commit is seen by neither, and found all the same', async () => {
  const wait = await waitOf('between')
  let key = ''
  let isAwaited: boolean | undefined
  const arrivesUnseen = async () => {
    key = await arrive('between')
    isAwaited = await claimOf(key)
  }
  const found = await awaitEvent(delayingCommit(arrivesUnseen), wait, false)
  assert.equal(isAwaited, false, 'the dispatcher saw no wait')
  assert.equal(found?.key, key)
  assert.equal(await rowsOf(wait), 0)
})

test('what is parked, of another call, type or source, or the run’s own event is not what is waited for', async () => {
  const wait = await waitOf('strict')
  await arrive('strict', { hold: { state: 'parked', reason: 'schema_mismatch' } })
  await arrive('another')
  await arrive('strict', { type: 'call.transcript.completed' })
  await arrive('strict', { source: 'elsewhere' })
  assert.equal(await awaitEvent(pool, wait, false), undefined)
  assert.equal(await awaitEvent(pool, { ...wait, type: 'call.ended' }, false), undefined)
})

test('the last look leaves no wait, whether it finds the event or not', async () => {
  const wait = await waitOf('last')
  await awaitEvent(pool, wait, false)
  assert.equal(await rowsOf(wait), 1)
  assert.equal(await awaitEvent(pool, wait, true), undefined)
  assert.equal(await rowsOf(wait), 0)
})

test('no wait outlives its run, and a closed run registers none, however late its look', async () => {
  const wait = await waitOf('closed')
  await awaitEvent(pool, wait, false)
  const { key, handler, attempt } = wait
  await closeRuns(pool, [{ key, handler, attempt, outcome: processed() }])
  assert.equal(await rowsOf(wait), 0)
  await awaitEvent(pool, wait, false)
  assert.equal(await rowsOf(wait), 0)
})

test('an entity ID may be as long as any', async () => {
  const call = '\u{1f4de}'.repeat(512)
  const wait = { ...(await waitOf('long')), entity: entityOf(call) }
  assert.equal(await awaitEvent(pool, wait, false), undefined)
  const key = await arrive(call)
  assert.equal(await claimOf(key), true)
  assert.equal((await awaitEvent(pool, wait, true))?.key, key)
})

test('both looks go by an index', async () => {
  const one = database.pool({ max: 1 })
  const plan = async (statement: string) => {
    const { rows } = await one.query<Record<'QUERY PLAN', string>>(`explain ${statement}`)
    return rows.map((row) => row['QUERY PLAN']).join('\n')
  }
  const tuple = `hashtextextended(type || ' ' || entity_id, 0) = 1 and type = 'a' and entity_id = 'b'`
  await one.query('set enable_seqscan = off')
  assert.match(
    await plan(`select from posthorn.events where ${tuple} order by received_at desc limit 1`),
    /events_awaited/,
  )
  assert.match(await plan(`select from posthorn.waits where ${tuple}`), /waits_awaited/)
})
