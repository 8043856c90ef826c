import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCanonicalReaders } from '../../src/mirror/canonical-readers.ts'
import { NotFoundYetError } from '../../src/mirror/absence.ts'
import { createMirrorEntity } from '../../src/mirror/mirror-entity.ts'
import { createProviderApi } from '../../src/providers/api.ts'
import type { Provider } from '../../src/providers/provider.ts'
import type { Truth } from '../../src/simulator/world.ts'
import { mirrorDifferences } from '../../src/simulator/mirror-differences.ts'
import { readMirror } from '../../src/storage/overview.ts'
import { DAY_MS, MINUTE_MS, TOKEN, type ReconcilerStage, pass, setReconcilerStage } from './stage.ts'

/** Does what the dispatcher and the mirror's runs do: every queued event has its entity read. Returns how many there were. */
async function mirrorQueued({ pool, source }: ReconcilerStage): Promise<number> {
  const sources = new Map([[source.id, source]])
  const access = {
    api: () => createProviderApi({ baseUrl: source.api?.baseUrl ?? '', headers: { authorization: `Bearer ${TOKEN}` } }),
  }
  const readers = createCanonicalReaders(sources, access)
  const mirror = createMirrorEntity({ pool, sources, readers, onHalt: () => undefined })
  const { rows } = await pool.query<{ key: string; event_id: string; type: string; kind: string; id: string }>(
    `with taken as (delete from posthorn.queue returning key)
     select e.key, e.event_id, e.type, e.entity_kind as kind, e.entity_id as id from posthorn.events e join taken using (key)`,
  )
  for (const { key, event_id: eventId, type, kind, id } of rows) {
    const event = {
      ...{ schemaVersion: 1 as const, kit: 1 as const, handler: 'mirror', attempt: 1, receivedAt: '' },
      ...{ key, eventId, type, source: source.id, provider: source.provider.name, entity: { kind, id } },
    }
    await mirror(event, 1).catch(async (error: unknown) => {
      if (!(error instanceof NotFoundYetError)) throw error
      await mirror(event, 3)
    })
  }
  return rows.length
}

/** What waits in the queue, and of what kind it is. */
async function queued({ pool }: ReconcilerStage): Promise<{ state: string; handler: string | null; count: number }[]> {
  const { rows } = await pool.query<{ state: string; handler: string | null; count: number }>(
    `select e.state, q.handler, q.priority, count(*)::integer as count
     from posthorn.queue q join posthorn.events e using (key) group by 1, 2, 3 order by 1`,
  )
  return rows
}

/** Mirrored behind all other work, and nothing else. */
const HISTORY = { state: 'ignored', handler: 'mirror', priority: 2 }

function entityOf({ body }: { body: Buffer }): string {
  const { data } = JSON.parse(String(body)) as { data: { call_id?: string; sms_id?: string } }
  return data.call_id ?? data.sms_id ?? ''
}

type List = NonNullable<ReconcilerStage['source']['provider']['entityListing']>

/** A list that shows nothing for as long as it is not shown. */
const shownOnly = (isShown: () => boolean, list: List): List => ({
  ...list,
  page: (api, request) => (isShown() ? list.page(api, request) : Promise.resolve({ entities: [] })),
})

/** A provider of which the list does not say when something has changed. */
const undated = (provider: Provider): Provider => ({
  ...provider,
  ...(provider.entityListing && {
    entityListing: {
      ...provider.entityListing,
      page: async (...asked: Parameters<List['page']>) => {
        const page = await (provider.entityListing as List).page(...asked)
        return { ...page, entities: page.entities.map(({ changedAt: _, createdAt: __, ...shown }) => shown) }
      },
    },
  }),
})

const differences = async ({ pool, world }: ReconcilerStage): Promise<string[]> =>
  mirrorDifferences(world.truth(), await readMirror(pool))

test('entities that changed without a webhook are read again, and only those', async (t) => {
  const stage = await setReconcilerStage(t, { provider: 'team-connect', mirror: true })
  for (const change of stage.happen(250)) await stage.arrive(change)
  await mirrorQueued(stage)
  assert.deepEqual(await differences(stage), [])
  pass(stage, 15 * MINUTE_MS)
  await stage.run()
  assert.deepEqual(await queued(stage), [])

  stage.happen(40)
  pass(stage, 15 * MINUTE_MS)
  const drifted = (await differences(stage)).length
  assert.ok(drifted > 5)
  await stage.run()
  assert.deepEqual(await queued(stage), [{ state: 'received', handler: null, priority: 2, count: drifted }])
  assert.equal(await mirrorQueued(stage), drifted)
  assert.deepEqual(await differences(stage), [])
  const [window] = await stage.coverage()
  const entities = stage.world.truth().length
  assert.deepEqual(
    [window?.listed, window?.present, window?.recovered, window?.contradicted],
    [entities, entities - drifted, drifted, 0],
  )
  pass(stage, 15 * MINUTE_MS)
  await stage.run()
  assert.equal(await mirrorQueued(stage), 0)
})

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
    { state: 'received', handler: null, priority: 2, count: lost.size },
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
  assert.deepEqual(await queued(stage), [{ state: 'received', handler: null, priority: 2, count: entities }])
  await stage.pool.query('drop trigger refuse on posthorn.coverage')
  await stage.reconciler.judge(listing, () => undefined)
  const [window] = await stage.coverage()
  assert.deepEqual([window?.present, window?.recovered, window?.baseline], [0, entities, 0])
  assert.deepEqual(await queued(stage), [{ state: 'received', handler: null, priority: 2, count: entities }])
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

test('what its webhook mirrored while the list settled has not drifted', async (t) => {
  const stage = await setReconcilerStage(t, { provider: 'team-connect', mirror: true })
  const changes = stage.happen(20)
  const request = { source: 'source' }
  await stage.reconciler.plan(request)
  const listing = (await stage.reconciler.next(request)) ?? ''
  const { finished, settleMs } = await stage.reconciler.read(listing, () => undefined)
  assert.deepEqual([finished, settleMs], [true, 5 * MINUTE_MS])
  for (const change of changes) await stage.arrive(change)
  await mirrorQueued(stage)
  await stage.reconciler.judge(listing, () => undefined)
  assert.equal(await mirrorQueued(stage), 0)
  assert.equal((await stage.coverage())[0]?.recovered, 0)
})

test('an emptied mirror is rebuilt, as often as it is emptied', async (t) => {
  const stage = await setReconcilerStage(t, { provider: 'team-connect', mirror: true })
  for (const change of stage.happen(60)) await stage.arrive(change)
  await mirrorQueued(stage)
  const day = { from: new Date(stage.clock.now.getTime() - MINUTE_MS).toISOString(), to: stage.clock.now.toISOString() }
  for (const refresh of ['first', 'second']) {
    await stage.pool.query('truncate posthorn.entities')
    await stage.run({ asked: { ...day, refresh } })
    assert.deepEqual(await queued(stage), [{ ...HISTORY, count: stage.world.truth().length }])
    await mirrorQueued(stage)
    assert.deepEqual(await differences(stage), [])
  }
})

test('what the list lacks is looked for, and becomes a tombstone only where it is not found', async (t) => {
  const stage = await setReconcilerStage(t, {
    provider: 'team-connect',
    mirror: true,
    wrap: (provider) => ({
      ...provider,
      ...(provider.entityListing && { entityListing: without(hidden, provider.entityListing) }),
    }),
  })
  for (const change of stage.happen(30)) await stage.arrive(change)
  await mirrorQueued(stage)
  const [shown, gone] = stage.world.truth() as [Truth, Truth]
  hidden.add(shown.entity.id)
  // It is missing from the list and from the API.
  await stage.pool.query(
    `insert into posthorn.entities (source, kind, entity_id, version, state, fetched_at)
     values ('source', 'call', 'call_gone', 1, '{}', now() - interval '1 hour')`,
  )
  assert.ok(gone)
  pass(stage, 15 * MINUTE_MS)
  await stage.run()
  assert.equal((await stage.coverage())[0]?.contradicted, 2)
  assert.equal(await mirrorQueued(stage), 2)
  const { rows } = await stage.pool.query<{ entity_id: string; deleted_by: string }>(
    'select entity_id, deleted_by from posthorn.entities where deleted_at is not null',
  )
  assert.deepEqual(rows, [{ entity_id: 'call_gone', deleted_by: 'absence' }])
})

const hidden = new Set<string>()

const without = (ids: ReadonlySet<string>, list: List): List => ({
  ...list,
  page: async (api, request) => {
    const page = await list.page(api, request)
    return { ...page, entities: page.entities.filter(({ entity }) => !ids.has(entity.id)) }
  },
})

test('more than twenty that a list lacks at once are not looked for, and ring', async (t) => {
  const stage = await setReconcilerStage(t, { provider: 'team-connect', mirror: true })
  for (const change of stage.happen(10)) await stage.arrive(change)
  await mirrorQueued(stage)
  const lose = (count: number) =>
    stage.pool.query(
      `insert into posthorn.entities (source, kind, entity_id, version, state, fetched_at)
       select 'source', 'call', 'call_gone_' || number, 1, '{}', now() - interval '1 hour' from generate_series(1, $1) as number
       on conflict do nothing`,
      [count],
    )
  await lose(20)
  pass(stage, 15 * MINUTE_MS)
  await stage.run()
  assert.equal(await mirrorQueued(stage), 20)
  assert.deepEqual(await stage.alarms(), [])
  await stage.pool.query(`delete from posthorn.entities where entity_id like 'call_gone_%'`)
  await lose(21)
  pass(stage, DAY_MS)
  await stage.run()
  assert.equal(await mirrorQueued(stage), 0)
  const [window] = await stage.coverage()
  assert.deepEqual([window?.contradicted, window?.doubt], [21, 'suspect'])
  assert.deepEqual(await stage.alarms(), ['suspect'])
})

test('a list that shows nothing any more buries nothing, and rings', async (t) => {
  const stage = await setReconcilerStage(t, {
    provider: 'team-connect',
    mirror: true,
    wrap: (provider) => ({
      ...provider,
      entityListing: { kinds: ['call', 'sms'], page: () => Promise.resolve({ entities: [] }) },
    }),
  })
  for (const change of stage.happen(10)) await stage.arrive(change)
  await mirrorQueued(stage)
  pass(stage, 15 * MINUTE_MS)
  await stage.run()
  assert.equal(await mirrorQueued(stage), 0)
  assert.deepEqual(await stage.alarms(), ['suspect'])
})

test('a backfill rebuilds an emptied mirror from events that are all known', async (t) => {
  const stage = await setReconcilerStage(t, { provider: 'stripe', mirror: true })
  for (const change of stage.happen(120)) await stage.arrive(change)
  await mirrorQueued(stage)
  assert.deepEqual(await differences(stage), [])
  await stage.pool.query('truncate posthorn.entities')
  const from = new Date(stage.clock.now.getTime() - MINUTE_MS).toISOString()
  pass(stage, 10 * MINUTE_MS)
  const asked = { from, to: stage.clock.now.toISOString(), refresh: 'backfill' }
  await stage.run({ asked })
  const { rows } = await stage.pool.query(
    'select distinct state, state_reason, priority, handler from posthorn.queue join posthorn.events using (key)',
  )
  assert.deepEqual(rows, [{ state: 'ignored', state_reason: 'refetch', priority: 2, handler: 'mirror' }])
  assert.equal(await mirrorQueued(stage), stage.world.truth().length)
  assert.deepEqual(await differences(stage), [])
  await stage.run({ asked })
  assert.equal(await mirrorQueued(stage), 0)
})

test('entities that cannot be stored do not keep the others from being compared', async (t) => {
  const stage = await setReconcilerStage(t, {
    provider: 'team-connect',
    mirror: true,
    wrap: (provider) => ({
      ...provider,
      entityListing: { kinds: ['call'], page: () => Promise.resolve({ entities: listed }) },
    }),
  })
  const listed = [
    { id: 'call_as_it_is', state: { text: 'the same' } },
    { id: 'call_changed', state: { text: 'another' } },
    { id: 'call_nul', state: { lines: [{ text: 'a\0b' }] } },
    { id: 'call_nul_name', state: { 'a\0b': 1 } },
    { id: 'call_half', state: { text: '\ud83d' } },
    { id: 'call_erased', state: { text: '\0' } },
    { id: 'call_backslash', state: { text: '\\u0000 is no NUL' } },
    { id: 'call_\0', state: {} },
    { id: 'call_versioned', version: 1n, state: { text: '\0' } },
  ].map(({ id, ...seen }) => ({ entity: { kind: 'call', id }, ...seen }))
  await stage.pool.query(
    `insert into posthorn.entities (source, kind, entity_id, version, state, deleted_at, deleted_by, fetched_at)
     select 'source', 'call', id, 1, state, case when state is null then now() end, case when state is null then 'erasure' end, now() - interval '1 hour'
     from (values ('call_as_it_is', '{"text":"the same","more":1}'::jsonb), ('call_changed', '{"text":"one"}'), ('call_nul', '{}'),
       ('call_half', '{}'), ('call_erased', null), ('call_backslash', '{"text":"\\\\u0000 is no NUL"}'), ('call_versioned', '{}')) as e(id, state)`,
  )
  await stage.run()
  const { rows } = await stage.pool.query<{ entity_id: string }>(
    'select entity_id from posthorn.queue join posthorn.events using (key) order by entity_id',
  )
  assert.deepEqual(
    rows.map(({ entity_id: id }) => id),
    ['call_changed', 'call_half', 'call_nul', 'call_nul_name'],
  )
  assert.equal((await stage.coverage())[0]?.listed, 8)
})
