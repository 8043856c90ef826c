import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { after, before, test } from 'node:test'
import { type Inbox, createInbox } from '../../src/storage/inbox.ts'
import { ensurePartitions } from '../../src/storage/partitions.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { answerApproval, listApprovals } from '../../src/storage/approvals.ts'
import { replayEvent } from '../../src/storage/replay.ts'
import { createWakeUp } from '../../src/storage/wake-up.ts'
import { incomingEvent } from '../storage/incoming-event.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { type TestTemporal, connectTemporal, createNamespace } from '../support/temporal.ts'
import { type TestEngine, startTestEngine } from '../support/test-engine.ts'
import { toySource } from '../support/toy-source.ts'

let database: TestDatabase
let temporal: TestTemporal
let pool: Pool
let inbox: Inbox
let running: TestEngine

before(async () => {
  database = await createTestDatabase()
  pool = database.pool({ max: 8 })
  await ensurePartitions(pool)
  await pool.query('create table toy_effects (event_id text primary key, runs integer not null)')
  await pool.query('create table steps (n integer generated always as identity, event_id text, step text)')
  const root = await connectTemporal()
  temporal = await connectTemporal({ namespace: await createNamespace(root.connection) })
  await root.close()
  running = await startTestEngine({ database, temporal, source: toySource() })
  inbox = createInbox({ pool, onCommitted: createWakeUp(pool) })
})
after(async () => {
  await running.stop()
  await temporal.close()
  await database.drop()
})

/** Below the first look that a run takes by itself: what is found within it was not found by luck. */
const BEFORE_ANY_POLL = { timeoutMs: 50_000 }

async function accept(eventId: string, type: string, thing: string): Promise<string> {
  const body = Buffer.from(JSON.stringify({ id: eventId, type, thing }))
  const entity = { kind: 'thing', id: thing }
  return (await inbox.accept(incomingEvent({ source: 'toy', provider: 'toy', eventId, type, body, entity }))).key
}

interface Ended {
  state: string
  reason: string | null
}

const ended = (key: string, attempt = 1): Promise<Ended> =>
  eventually(async () => {
    const { rows } = await pool.query<Ended>(
      'select state, reason from posthorn.runs where key = $1 and attempt = $2',
      [key, attempt],
    )
    assert.ok(rows[0], 'it still runs')
    return rows[0]
  }, BEFORE_ANY_POLL)

const untilWaiting = (key: string) =>
  eventually(async () => {
    const { rowCount } = await pool.query('select from posthorn.waits where key = $1', [key])
    assert.equal(rowCount, 1)
  }, BEFORE_ANY_POLL)

const withEvent = (eventId: string): Ended => ({ state: 'ignored', reason: `with ${eventId}` })

const waitsLeft = async (): Promise<number> => (await pool.query('select from posthorn.waits')).rowCount ?? 0

test('the second event may have come before', async () => {
  await accept('early', 'second', 'a')
  assert.deepEqual(await ended(await accept('a:60000', 'pair.second', 'a')), withEvent('early'))
})

test('or come later: its arrival wakes the run, though no route wants the event itself', async () => {
  const key = await accept('b:600000', 'pair.second', 'b')
  await untilWaiting(key)
  const late = await accept('late', 'second', 'b')
  assert.deepEqual(await ended(key), withEvent('late'))
  await eventually(async () => {
    const { rows } = await pool.query('select state from posthorn.events where key = $1', [late])
    assert.deepEqual(rows, [{ state: 'unrouted' }])
  })
})

test('or have a handler of its own, which runs besides', async () => {
  const key = await accept('c:600000', 'pair.plain', 'c')
  await untilWaiting(key)
  const other = await accept('handled', 'plain', 'c')
  assert.deepEqual(await ended(key), withEvent('handled'))
  assert.equal((await ended(other)).state, 'processed')
})

test('or come at the same moment, in whatever order: eighty pairs, and not one waits for a look by itself', async () => {
  const pairs = Array.from({ length: 80 }, async (_, n) => {
    const thing = `same_${n}`
    const first = async () => {
      await delay(Math.random() * 40)
      return accept(`${thing}:600000`, 'pair.second', thing)
    }
    const second = async () => {
      // Around the time at which the run of the first takes its first look.
      await delay(Math.random() * 400)
      await accept(`${thing}_second`, 'second', thing)
    }
    const [key] = await Promise.all([first(), second()])
    assert.deepEqual(await ended(key), withEvent(`${thing}_second`))
  })
  await Promise.all(pairs)
  assert.equal(await waitsLeft(), 0)
})

test('or never come: the time ends, and the run hears that', async () => {
  assert.deepEqual(await ended(await accept('d:300', 'pair.second', 'd')), { state: 'ignored', reason: 'alone' })
  assert.equal(await waitsLeft(), 0)
})

test('a redelivery of the second event changes nothing', async () => {
  const key = await accept('e:600000', 'pair.second', 'e')
  await untilWaiting(key)
  await Promise.all(['e_second', 'e_second', 'e_second'].map((eventId) => accept(eventId, 'second', 'e')))
  assert.deepEqual(await ended(key), withEvent('e_second'))
})

test('a replay waits anew, and finds what came meanwhile', async () => {
  const key = await accept('f:300', 'pair.second', 'f')
  assert.equal((await ended(key)).reason, 'alone')
  await accept('f_second', 'second', 'f')
  await eventually(async () => (await replayEvent(pool, { source: 'toy', eventId: 'f:300' })).replayed)
  assert.deepEqual(await ended(key, 2), withEvent('f_second'))
})

test('a run may wait for several events at a time', async () => {
  const key = await accept('g', 'triple', 'g')
  await accept('g_left', 'left', 'g')
  await delay(200)
  await accept('g_right', 'right', 'g')
  assert.equal((await ended(key)).reason, 'with g_left and g_right')
})

test('a run that is ended from outside leaves no wait', async () => {
  const key = await accept('h:600000', 'pair.second', 'h')
  await untilWaiting(key)
  await temporal.client.workflow.getHandle('event/toy/h%3A600000/toyPair').cancel()
  assert.equal((await ended(key)).state, 'dead')
  assert.equal(await waitsLeft(), 0)
})

async function questionOf(eventId: string): Promise<string> {
  return eventually(async () => {
    const open = await listApprovals(pool, { all: false, limit: 100 })
    const [question] = open.filter((approval) => approval.eventId === eventId)
    assert.ok(question, 'nothing is asked')
    return question.id
  }, BEFORE_ANY_POLL)
}

test('a run goes on with a person’s yes, and with their no', async () => {
  for (const answer of ['approved', 'rejected'] as const) {
    const key = await accept(`${answer}:600000`, 'question', 'q')
    const id = await questionOf(`${answer}:600000`)
    await answerApproval(pool, { id, answer, actor: 'ann', reason: 'as agreed' })
    assert.equal((await ended(key)).reason, `${answer} by ann: as agreed`)
  }
})

test('nobody answers: that is an answer, too', async () => {
  assert.equal((await ended(await accept('silence:300', 'question', 'q'))).reason, 'timed out')
})

const stepsOf = async (eventId: string): Promise<string[]> =>
  (await pool.query<{ step: string }>('select step from steps where event_id = $1 order by n', [eventId])).rows.map(
    ({ step }) => step,
  )

interface Dead {
  state: string
  error_code: string
}

async function diedOf(key: string): Promise<string> {
  await ended(key)
  const { rows } = await pool.query<Dead>('select state, error_code from posthorn.runs where key = $1', [key])
  assert.equal(rows[0]?.state, 'dead')
  return rows[0].error_code
}

test('a step that fails for good has the others undone, the last one first', async () => {
  assert.equal(await diedOf(await accept('whole', 'saga', 's')), 'card_declined')
  assert.deepEqual(await stepsOf('whole'), ['do 1', 'do 2', 'undo 2', 'undo 1'])
})

test('what cannot be undone is said, and the rest is undone all the same', async () => {
  assert.equal(await diedOf(await accept('stuck', 'saga', 's')), 'not_undone')
  assert.deepEqual(await stepsOf('stuck'), ['do 1', 'do 2', 'undo 2'])
})

test('what is to be undone may be said while others are undone, and each is undone once', async () => {
  assert.equal(await diedOf(await accept('meanwhile', 'saga', 's')), 'card_declined')
  assert.deepEqual(await stepsOf('meanwhile'), ['do 1', 'do 2', 'undo 2', 'undo meanwhile', 'undo 1'])
})

test('a bug undoes nothing: the run waits for the deploy that mends it', async () => {
  const key = await accept('bug', 'saga', 's')
  const [run] = await eventually(async () => {
    const { rows } = await pool.query<{ workflowId: string }>(
      'select workflow_id as "workflowId" from posthorn.open_runs where key = $1',
      [key],
    )
    assert.equal(rows.length, 1)
    return rows
  })
  const handle = temporal.client.workflow.getHandle(run?.workflowId ?? '')
  await eventually(async () => {
    const { events = [] } = await handle.fetchHistory()
    assert.ok(events?.some(({ workflowTaskFailedEventAttributes: failed }) => failed?.failure?.message === 'a bug'))
  })
  // Done again with each try of the workflow task that fails.
  const steps = await stepsOf('bug')
  assert.ok(steps.length > 0 && steps.every((step) => step === 'do 1'), steps.join())
  await handle.terminate()
})
