import assert from 'node:assert/strict'
import { test } from 'node:test'
import { processed } from '../../src/domain/event.ts'
import { replayEvent } from '../../src/storage/replay.ts'
import { closeRuns } from '../../src/storage/runs.ts'
import { DAY_MS, MINUTE_MS, pass, setReconcilerStage } from './stage.ts'
import {
  mirrorQueued,
  queued,
  HISTORY,
  type List,
  entityOf,
  shownOnly,
  undated,
  datedByCreation,
  differences,
} from './mirror-stage.ts'

test('at the first comparison all that is older than the connection is history: it is mirrored, and no handler runs', async (t) => {
  const connectedAt = new Date(Date.now() + 2 * MINUTE_MS)
  const stage = await setReconcilerStage(t, { provider: 'team-connect', mirror: true, connectedAt })
  stage.happen(60)
  pass(stage, 15 * MINUTE_MS)
  await stage.run()
  const entities = stage.world.truth().length
  assert.deepEqual(await queued(stage), [{ ...HISTORY, count: entities }])
  const [window] = await stage.coverage()
  assert.deepEqual([window?.listed, window?.baseline, window?.recovered], [entities, entities, 0])
  // The mirror takes its time: what waits to be read is not offered again, and no handler hears of it on another day either.
  pass(stage, 2 * DAY_MS)
  await stage.run()
  assert.deepEqual(await queued(stage), [{ ...HISTORY, count: entities }])
  await mirrorQueued(stage)
  assert.deepEqual(await differences(stage), [])
})

test('what changed since the connection, and of which no webhook came, is news at the first comparison, too', async (t) => {
  const stage = await setReconcilerStage(t, { provider: 'team-connect', mirror: true })
  const changes = stage.happen(60)
  for (const change of changes.slice(0, 40)) await stage.arrive(change)
  // Taken up, and not mirrored yet.
  await stage.pool.query('delete from posthorn.queue')
  const lost = new Set(changes.slice(40).map(entityOf))
  const heard = new Set(changes.map(entityOf).filter((id) => !lost.has(id)))
  assert.ok(heard.size > 3)
  await stage.run()
  assert.deepEqual(await queued(stage), [
    { ...HISTORY, count: heard.size },
    { state: 'received', handler: null, priority: 0, count: lost.size },
  ])
  const [window] = await stage.coverage()
  assert.deepEqual([window?.baseline, window?.recovered], [heard.size, lost.size])
})

test('history that is being read, or waits for its route, does not become news on another day', async (t) => {
  const connectedAt = new Date(Date.now() + 2 * MINUTE_MS)
  const stage = await setReconcilerStage(t, { provider: 'team-connect', mirror: true, connectedAt, wrap: undated })
  stage.happen(30)
  pass(stage, 15 * MINUTE_MS)
  await stage.run()
  const entities = stage.world.truth().length
  assert.deepEqual(await queued(stage), [{ ...HISTORY, count: entities }])
  await stage.pool.query(
    `with taken as (delete from posthorn.queue returning key), numbered as (select key, row_number() over () % 2 as half from taken),
       held as (insert into posthorn.held_runs (key, handler, source, attempt, priority, seq, claims)
         select key, 'mirror', 'source', 1, 2, row_number() over (), 0 from numbered where half = 0)
     insert into posthorn.open_runs (key, handler, attempt, workflow_id, check_at) select key, 'mirror', 1, key::text, now() from numbered where half = 1`,
  )
  pass(stage, 2 * DAY_MS)
  await stage.run()
  assert.deepEqual(await queued(stage), [])
})

test('what an entity went through before the connection is history whenever its list begins to show it', async (t) => {
  const connectedAt = new Date(Date.now() + 2 * MINUTE_MS)
  const stage = await setReconcilerStage(t, {
    ...{ provider: 'team-connect', mirror: true, connectedAt },
    wrap: (provider) => ({
      ...provider,
      ...(provider.entityListing && { entityListing: shownOnly(() => isShown, provider.entityListing) }),
    }),
  })
  let isShown = false
  stage.happen(30)
  pass(stage, 15 * MINUTE_MS)
  await stage.run()
  assert.deepEqual(await queued(stage), [])
  isShown = true
  pass(stage, 15 * MINUTE_MS)
  await stage.run()
  assert.deepEqual(await queued(stage), [{ ...HISTORY, count: stage.world.truth().length }])
})

test('a change that the mirror alone has read is told all the same', async (t) => {
  const stage = await setReconcilerStage(t, { provider: 'team-connect', mirror: true })
  const heard = stage.happen(20)
  for (const change of heard) await stage.arrive(change)
  await stage.pool.query('delete from posthorn.queue')
  pass(stage, 2 * MINUTE_MS)
  await stage.run()
  const [history, ...others] = await queued(stage)
  assert.deepEqual([{ ...history, count: 0 }, others], [{ ...HISTORY, count: 0 }, []])
  // It happens before the mirror gets to reading, and its webhook is lost.
  const told = new Set(stage.world.truth().map(({ entity }) => entity.id))
  const lost = new Set(
    stage
      .happen(15)
      .map(entityOf)
      .filter((id) => told.has(id)),
  )
  assert.ok(lost.size > 0)
  await stage.pool.query(
    `insert into posthorn.runs (key, handler, attempt, state, closed_at)
     select key, 'mirror', 1, 'processed', $1 from posthorn.queue`,
    [new Date(stage.clock.now.getTime() + MINUTE_MS)],
  )
  await mirrorQueued(stage)
  pass(stage, 15 * MINUTE_MS)
  await stage.run()
  const { rows } = await stage.pool.query<{ id: string }>(
    `select entity_id as id from posthorn.events join posthorn.queue using (key) where state = 'received'`,
  )
  const news = new Set(rows.map(({ id }) => id))
  for (const id of lost) assert.ok(news.has(id), id)
  pass(stage, 15 * MINUTE_MS)
  await stage.pool.query('delete from posthorn.queue')
  await stage.run()
  assert.deepEqual(
    (await queued(stage)).filter(({ state }) => state === 'received'),
    [],
    'once',
  )
})

test('a change is told that the mirror saw while it looked for what a list had left out', async (t) => {
  let missing: string | undefined
  const stage = await setReconcilerStage(t, {
    ...{ provider: 'team-connect', mirror: true },
    wrap: (provider) => ({
      ...provider,
      ...(provider.entityListing && {
        entityListing: {
          ...provider.entityListing,
          page: async (...asked: Parameters<List['page']>) => {
            const page = await (provider.entityListing as List).page(...asked)
            return { ...page, entities: page.entities.filter(({ entity }) => entity.id !== missing) }
          },
        },
      }),
    }),
  })
  // So early that all of it lies in the past of the database, whose clock is the real one.
  pass(stage, -DAY_MS)
  for (const change of stage.happen(20)) await stage.arrive(change)
  await mirrorQueued(stage)
  pass(stage, 15 * MINUTE_MS)
  await stage.run()
  const known = new Set(stage.world.truth().map(({ entity }) => entity.id))
  await stage.pool.query(`update posthorn.entities set fetched_at = fetched_at - interval '2 days'`)
  while (missing === undefined)
    missing = stage
      .happen(1)
      .map(entityOf)
      .find((id) => known.has(id))
  pass(stage, 15 * MINUTE_MS)
  await stage.run()
  const read = await stage.pool.query(
    `select from posthorn.queue join posthorn.events using (key) where event_id like '%@unlisted-%'`,
  )
  assert.equal(read.rowCount, 1)
  await stage.pool.query(
    `insert into posthorn.runs (key, handler, attempt, state, closed_at) select key, 'mirror', 1, 'processed', now() from posthorn.queue`,
  )
  await mirrorQueued(stage)
  const changed = missing
  missing = undefined
  pass(stage, 15 * MINUTE_MS)
  await stage.run()
  const { rows } = await stage.pool.query<{ id: string }>(
    `select entity_id as id from posthorn.events join posthorn.queue using (key) where state = 'received'`,
  )
  assert.deepEqual(rows, [{ id: changed }])
})

test('where a list says only when an entity came to be, every later difference is news, however much was heard before', async (t) => {
  const stage = await setReconcilerStage(t, { provider: 'team-connect', mirror: true, wrap: datedByCreation })
  for (const change of stage.happen(100)) await stage.arrive(change)
  await mirrorQueued(stage)
  pass(stage, 15 * MINUTE_MS)
  await stage.run()
  assert.deepEqual(await queued(stage), [])
  stage.happen(40)
  const drifted = (await differences(stage)).length
  assert.ok(drifted > 5)
  pass(stage, 15 * MINUTE_MS)
  await stage.run()
  assert.deepEqual(await queued(stage), [{ state: 'received', handler: null, priority: 2, count: drifted }])
})

test('a reading for the mirror alone stays one when a person has it done again', async (t) => {
  const connectedAt = new Date(Date.now() + 2 * MINUTE_MS)
  const stage = await setReconcilerStage(t, { provider: 'team-connect', mirror: true, connectedAt })
  stage.happen(5)
  pass(stage, 15 * MINUTE_MS)
  await stage.run()
  const { rows } = await stage.pool.query<{ key: string; eventId: string }>(
    `with taken as (delete from posthorn.queue returning key)
     select key, event_id as "eventId" from taken join posthorn.events using (key) limit 1`,
  )
  const [{ key, eventId }] = rows as [{ key: string; eventId: string }]
  for (const attempt of [1, 2]) {
    const run = { key, handler: 'mirror', attempt }
    await closeRuns(stage.pool, [{ ...run, outcome: { state: 'dead', code: 'provider_refused_404', message: '' } }])
    assert.equal((await replayEvent(stage.pool, { source: 'source', eventId })).replayed, true)
    await stage.pool.query(
      `with taken as (delete from posthorn.queue returning key) update posthorn.events e set state = 'dispatched' from taken where e.key = taken.key`,
    )
  }
  await closeRuns(stage.pool, [{ key, handler: 'mirror', attempt: 3, outcome: processed() }])
  const after = await stage.pool.query('select state, state_reason from posthorn.events where key = $1', [key])
  assert.deepEqual(after.rows, [{ state: 'processed', state_reason: 'refetch' }])
})

test('whoever is cut off while it looks for what was heard is taken up where it was, and forgets nothing of it', async (t) => {
  const stage = await setReconcilerStage(t, { provider: 'team-connect', mirror: true })
  for (const change of stage.happen(40)) await stage.arrive(change)
  await stage.pool.query('delete from posthorn.queue')
  const request = { source: 'source' }
  await stage.reconciler.plan(request)
  const listing = (await stage.reconciler.next(request)) ?? ''
  await stage.reconciler.read(listing, () => undefined)
  const cut = () => {
    throw new Error('cut off')
  }
  await assert.rejects(stage.reconciler.judge(listing, cut), /cut off/)
  // Were it to begin anew, it would not find them a second time.
  await stage.pool.query(`update posthorn.events set received_at = received_at - interval '1 day'`)
  await stage.reconciler.judge(listing, () => undefined)
  const entities = stage.world.truth().length
  assert.deepEqual(await queued(stage), [{ ...HISTORY, count: entities }])
})

test('a listing that is judged twice counts what it found, and offers it once', async (t) => {
  const stage = await setReconcilerStage(t, { provider: 'team-connect', mirror: true })
  stage.happen(40)
  const request = { source: 'source' }
  await stage.reconciler.plan(request)
  const listing = (await stage.reconciler.next(request)) ?? ''
  await stage.reconciler.read(listing, () => undefined)
  await stage.pool.query(
    `create function refuse() returns trigger language plpgsql as 'begin raise exception ''no''; end'`,
  )
  await stage.pool.query(
    'create trigger refuse before update on posthorn.coverage for each row execute function refuse()',
  )
  await assert.rejects(
    stage.reconciler.judge(listing, () => undefined),
    /no/,
  )
  const entities = stage.world.truth().length
  assert.deepEqual(await queued(stage), [{ state: 'received', handler: null, priority: 0, count: entities }])
  await stage.pool.query('drop trigger refuse on posthorn.coverage')
  await stage.reconciler.judge(listing, () => undefined)
  const [window] = await stage.coverage()
  assert.deepEqual([window?.present, window?.recovered, window?.baseline], [0, entities, 0])
  assert.deepEqual(await queued(stage), [{ state: 'received', handler: null, priority: 0, count: entities }])
})

test('a mirror that is switched on, again or for the first time, begins with history', async (t) => {
  const stage = await setReconcilerStage(t, { provider: 'team-connect' })
  // So early that all of it lies in the past of the database, whose clock is the real one.
  pass(stage, -4 * DAY_MS)
  const rounds = [
    { mirror: false, arrive: true, states: [], afterMs: 15 * MINUTE_MS },
    { mirror: true, arrive: true, states: ['ignored'], afterMs: 15 * MINUTE_MS },
    { mirror: true, arrive: false, states: ['received'], afterMs: 2 * DAY_MS },
    { mirror: false, arrive: true, states: [], afterMs: 15 * MINUTE_MS },
    { mirror: true, arrive: true, states: ['ignored'], afterMs: 15 * MINUTE_MS },
  ]
  for (const { mirror, arrive, states, afterMs } of rounds) {
    stage.source.mirror = mirror
    const changes = stage.happen(20)
    pass(stage, MINUTE_MS)
    for (const change of changes) if (arrive) await stage.arrive(change, stage.clock.now)
    await stage.pool.query('delete from posthorn.queue')
    pass(stage, afterMs)
    await stage.run()
    const drifted = await queued(stage)
    assert.deepEqual(
      drifted.map(({ state }) => state),
      states,
    )
    await mirrorQueued(stage)
  }
})

test('what an emptied mirror lost is history, although its webhooks go on', async (t) => {
  const stage = await setReconcilerStage(t, { provider: 'team-connect', mirror: true })
  for (const change of stage.happen(60)) await stage.arrive(change)
  await mirrorQueued(stage)
  pass(stage, -15 * MINUTE_MS)
  await stage.run()
  await stage.pool.query('truncate posthorn.entities')
  for (const change of stage.happen(3)) await stage.arrive(change)
  await mirrorQueued(stage)
  pass(stage, 20 * MINUTE_MS)
  await stage.run()
  const [lost, ...others] = await queued(stage)
  assert.deepEqual([{ ...lost, count: 0 }, others], [{ ...HISTORY, count: 0 }, []])
  await mirrorQueued(stage)
  assert.deepEqual(await differences(stage), [])
})
