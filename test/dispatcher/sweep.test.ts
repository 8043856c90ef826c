import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { type Client, WorkflowNotFoundError } from '@temporalio/client'
import { type SweepOptions, sweep } from '../../src/dispatcher/sweep.ts'
import { DEFAULT_RAMP } from '../../src/domain/replay-ramp.ts'
import { createInbox } from '../../src/storage/inbox.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { recordReplay } from '../../src/storage/replays/start-replay.ts'
import type { ClosedRun } from '../../src/storage/runs.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { incomingEvent } from '../storage/incoming-event.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'

let database: TestDatabase
let pool: Pool
/** What Temporal answers, by the ID of the event. */
let answer: (eventId: string) => 'running' | 'completed' | 'not_found' | Error
let asked: string[]
let closed: ClosedRun[]
let started: string[]
/** The ID of a workflow that cannot be started. */
let refuse: string | undefined

before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
})
after(() => database.drop())
beforeEach(async () => {
  asked = []
  closed = []
  await pool.query(`truncate posthorn.events, posthorn.bodies, posthorn.queue, posthorn.open_runs, posthorn.runs, posthorn.replays,
    posthorn.replay_items`)
})

async function open(count: number): Promise<void> {
  const inbox = createInbox({ pool })
  for (let n = 0; n < count; n += 1) await inbox.accept(incomingEvent({ eventId: `evt_${n}` }))
  await pool.query(`with gone as (delete from posthorn.queue returning key)
    insert into posthorn.open_runs (key, handler, attempt, workflow_id, check_at)
    select key, 'settle', 1, event_id, now() - interval '1 hour' from gone join posthorn.events using (key)`)
}

/** As much of a client as the sweep asks. */
const client = {
  withDeadline: (_deadline: number, work: () => unknown) => work(),
  workflow: {
    start(_type: string, { workflowId }: { workflowId: string }) {
      if (workflowId === refuse) return Promise.reject(new Error('too long a summary'))
      return Promise.resolve(started.push(workflowId))
    },
    getHandle: (workflowId: string) => ({
      describe() {
        asked.push(workflowId)
        const said = answer(workflowId)
        if (said instanceof Error) return Promise.reject(said)
        if (said === 'not_found') return Promise.reject(new WorkflowNotFoundError('gone', workflowId, undefined))
        return Promise.resolve({ status: { name: said.toUpperCase() }, runId: 'run', raw: {} })
      },
      result: () => Promise.resolve({ state: 'processed' }),
    }),
  },
} as unknown as Client

const sweepOnce = (stopping?: AbortSignal): Promise<void> =>
  sweep(
    {
      pool,
      client,
      closeRun: (run) => Promise.resolve(closed.push(run) > 0),
      metrics: createMetrics(),
      logger: createLogger({ level: 'silent', name: 'test' }),
      stuck: { afterTasks: 5, giveUpAfterMs: 1_800_000 },
      systemTaskQueue: 'system',
      everyMs: 1_000,
      checkEveryMs: 60_000,
    } satisfies SweepOptions,
    stopping,
  )

async function checks(): Promise<Record<string, number>> {
  const { rows } = await pool.query<{ workflow_id: string; checks: number }>(
    'select workflow_id, checks from posthorn.open_runs',
  )
  return Object.fromEntries(rows.map((row) => [row.workflow_id, row.checks]))
}

test('a run that cannot be checked does not keep the others from it', async () => {
  await open(4)
  answer = (eventId) =>
    eventId === 'evt_1' ? new Error('cannot be read') : eventId === 'evt_2' ? 'not_found' : 'running'
  await sweepOnce()
  assert.deepEqual(asked.sort(), ['evt_0', 'evt_1', 'evt_2', 'evt_3'])
  assert.deepEqual(await checks(), { evt_0: 1, evt_1: 0, evt_3: 1 }, 'one is lost, and one was not answered')
})

test('a replay that Temporal refuses to start keeps no run from being checked, and no other replay from being taken on', async () => {
  const replay = { actor: 'ada', reason: 'a test', filter: { state: 'dead' }, ramp: DEFAULT_RAMP } as const
  const refused = await recordReplay(pool, replay)
  const taken = await recordReplay(pool, replay)
  await open(1)
  answer = () => 'running'
  started = []
  refuse = `replay/${refused}`
  await sweepOnce()
  await sweepOnce()
  assert.deepEqual([asked, started], [['evt_0'], [`replay/${taken}`, `replay/${taken}`]])
})

test('while Temporal is away no run is asked after more rarely, and those that were not tried are due at once', async () => {
  await open(10)
  answer = () => new Error('unavailable')
  await sweepOnce()
  assert.equal(asked.length, 3)
  assert.deepEqual(new Set(Object.values(await checks())), new Set([0]))
  answer = () => 'running'
  asked = []
  await sweepOnce()
  assert.equal(asked.length, 7, 'the three that failed wait for their interval')
})

test('a run that it closes keeps its class: a replay is no sign of how a route fares', async () => {
  await open(1)
  await pool.query('update posthorn.open_runs set priority = 1')
  answer = () => 'completed'
  await sweepOnce()
  assert.deepEqual(
    closed.map(({ outcome, priority }) => [outcome.state, priority]),
    [['processed', 1]],
  )
})

test('while thousands are due, a replay that comes meanwhile is taken on before all of them have been asked after', async () => {
  await open(150)
  started = []
  refuse = undefined
  const takenOnAfter: number[] = []
  let recorded: Promise<string> | undefined
  answer = () => {
    recorded ??= recordReplay(pool, { actor: 'ada', reason: 'a test', filter: { state: 'dead' }, ramp: DEFAULT_RAMP })
    if (started.length > 0) takenOnAfter.push(asked.length)
    return 'running'
  }
  await sweepOnce()
  assert.deepEqual(started, [`replay/${await recorded}`])
  assert.deepEqual([asked.length, takenOnAfter[0]], [150, 101])
})

test('a sweep that is stopped asks after no further run, and those are due at once', async () => {
  await open(10)
  const stopping = new AbortController()
  answer = () => {
    stopping.abort()
    return 'running'
  }
  await sweepOnce(stopping.signal)
  assert.equal(asked.length, 1)
  answer = () => 'running'
  await sweepOnce()
  assert.equal(asked.length, 10)
})
