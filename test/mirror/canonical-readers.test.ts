import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { planRuns } from '../../src/dispatcher/plan-runs.ts'
import { toRouteTable } from '../../src/dispatcher/route-table.ts'
import type { EventRef } from '../../src/domain/event.ts'
import { createCanonicalReaders } from '../../src/mirror/canonical-readers.ts'
import { type IncomingEvent, createInbox } from '../../src/storage/inbox.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { type Claim, claimQueue, markUnrouted } from '../../src/storage/queue.ts'
import { replayEvent } from '../../src/storage/replay.ts'
import { deployRouteTable } from '../../src/storage/route-tables.ts'
import { incomingEvent } from '../storage/incoming-event.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { toySource } from '../support/toy-source.ts'

let database: TestDatabase
let pool: Pool
before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
  await deployRouteTable(pool, { hash: 'now', routes: [] })
})
after(() => database.drop())

const sources = new Map([['toy', toySource({ mirror: true })]])

/** What the read of an event's entity is for. */
async function purposeOfRead(event: EventRef): Promise<string[]> {
  const purposes: string[] = []
  const answer = () => Promise.resolve({ status: 404, headers: new Headers(), json: undefined })
  const readers = createCanonicalReaders(sources, {
    api(_source, purpose) {
      purposes.push(purpose)
      return { get: answer, post: answer }
    },
  })
  await readers.read(event)
  return purposes
}

async function accept(eventId: string, more: Partial<IncomingEvent> = {}): Promise<void> {
  const entity = { kind: 'thing', id: 'th_1' }
  await createInbox({ pool }).accept(incomingEvent({ eventId, source: 'toy', provider: 'toy', entity, ...more }))
}

async function claimOne(): Promise<Claim> {
  const [claim] = await claimQueue(pool, { limit: 1, leaseMs: 10_000, routes: 'now', rooms: [['toy', 1]] })
  assert.ok(claim)
  return claim
}

/** What the mirror's run of the next event in the queue is given. */
async function nextReference(): Promise<EventRef> {
  const claim = await claimOne()
  await pool.query('delete from posthorn.queue')
  const plan = planRuns(claim, toRouteTable([]), sources)
  assert.ok(plan.kind === 'start' && plan.runs[0])
  return plan.runs[0].event
}

test('the reads of an event that has just come are live', async () => {
  await accept('evt_live')
  assert.deepEqual(await purposeOfRead(await nextReference()), ['live'])
})

test('the reads of a replayed event make way, also where the replay is its first attempt', async () => {
  await accept('evt_unrouted')
  await markUnrouted(pool, await claimOne())
  assert.ok((await replayEvent(pool, { source: 'toy', eventId: 'evt_unrouted' })).replayed)
  const event = await nextReference()
  assert.equal(event.attempt, 1)
  assert.deepEqual(await purposeOfRead(event), ['replay'])
})

test('the reads of a backfill make way', async () => {
  await accept('evt_old', { priority: 2 })
  assert.deepEqual(await purposeOfRead(await nextReference()), ['reconciliation'])
})

test('a run that an earlier version started says nothing of its class, and counts as live', async () => {
  await accept('evt_earlier')
  const { priority: _, ...event } = await nextReference()
  assert.deepEqual(await purposeOfRead(event), ['live'])
})
