import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Truth } from '../../src/simulator/world.ts'
import { believeDeletions } from '../../src/storage/believed-deletions.ts'
import { DAY_MS, MINUTE_MS, pass, setReconcilerStage } from './stage.ts'
import { mirrorQueued, queued, HISTORY, type List, differences } from './mirror-stage.ts'

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
  assert.deepEqual(await queued(stage), [{ state: 'received', handler: null, priority: 0, count: drifted }])
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
  // What a list lacks is looked for once a day: the next hour must lie in one.
  const ofToday = DAY_MS - (stage.clock.now.getTime() % DAY_MS)
  if (ofToday < 60 * MINUTE_MS) pass(stage, ofToday)
  // It is missing from the list and from the API.
  await stage.pool.query(
    `insert into posthorn.entities (source, kind, entity_id, version, state, fetched_at)
     values ('source', 'call', 'call_gone', 1, '{}', now() - interval '1 hour')`,
  )
  assert.ok(gone)
  pass(stage, 15 * MINUTE_MS)
  await stage.run()
  assert.equal((await stage.coverage())[0]?.contradicted, 2)
  assert.deepEqual(await queued(stage), [{ ...HISTORY, count: 2 }])
  await mirrorQueued(stage)
  const tombstones = async () => {
    const { rows } = await stage.pool.query<{ entity_id: string; deleted_by: string }>(
      'select entity_id, deleted_by from posthorn.entities where deleted_at is not null',
    )
    return rows
  }
  assert.deepEqual(await tombstones(), [{ entity_id: 'call_gone', deleted_by: 'absence' }])

  // Handlers hear of what is gone, once, and never of what the list merely leaves out.
  pass(stage, 15 * MINUTE_MS)
  await stage.run()
  const { rows } = await stage.pool.query<{ id: string; state: string; priority: number }>(
    'select entity_id as id, state, priority from posthorn.events join posthorn.queue using (key)',
  )
  assert.deepEqual(rows, [{ id: 'call_gone', state: 'received', priority: 0 }])
  await mirrorQueued(stage)
  assert.deepEqual(await tombstones(), [{ entity_id: 'call_gone', deleted_by: 'absence' }])
  pass(stage, 15 * MINUTE_MS)
  await stage.run()
  assert.deepEqual(await queued(stage), [])
  pass(stage, DAY_MS)
  await stage.run()
  assert.deepEqual(await queued(stage), [{ ...HISTORY, count: 1 }], 'it may be gone by another day')
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

  // A person has looked: they are deleted.
  await believeDeletions(stage.pool, { source: 'source', seconds: 3_600 })
  pass(stage, 15 * MINUTE_MS)
  await stage.run()
  assert.equal(await mirrorQueued(stage), 21)
  assert.equal((await stage.coverage())[0]?.doubt, null)
  const buried = () => stage.pool.query(`select deleted_at from posthorn.entities where deleted_by = 'absence'`)
  const { rows } = await buried()
  assert.equal(rows.length, 21)
  // Handlers are told, when nobody believes it any more, and none of them is counted twice.
  await stage.pool.query('truncate posthorn.believed_deletions')
  pass(stage, 15 * MINUTE_MS)
  await stage.run()
  assert.equal(await mirrorQueued(stage), 21)
  assert.deepEqual((await buried()).rows, rows)
})

test('what a list leaves out for ever, however much it is, is doubted once', async (t) => {
  const stage = await setReconcilerStage(t, {
    provider: 'team-connect',
    mirror: true,
    wrap: (provider) => ({
      ...provider,
      ...(provider.entityListing && { entityListing: without(binned, provider.entityListing) }),
    }),
  })
  for (const change of stage.happen(150)) await stage.arrive(change)
  await mirrorQueued(stage)
  for (const { entity } of stage.world.truth().slice(0, 21)) binned.add(entity.id)
  assert.equal(binned.size, 21)
  pass(stage, 15 * MINUTE_MS)
  await stage.run()
  assert.deepEqual(await stage.alarms(), ['suspect'])
  await believeDeletions(stage.pool, { source: 'source', seconds: 3_600 })
  pass(stage, 15 * MINUTE_MS)
  await stage.run()
  await stage.pool.query(
    `insert into posthorn.runs (key, handler, attempt, state, closed_at) select key, 'mirror', 1, 'processed', now() from posthorn.queue`,
  )
  assert.equal(await mirrorQueued(stage), 21)
  await stage.pool.query('truncate posthorn.believed_deletions')
  pass(stage, 15 * MINUTE_MS)
  await stage.run()
  const [window] = await stage.coverage()
  assert.deepEqual([window?.contradicted, window?.doubt], [21, null])

  // One that was gone and came back is nothing that is known to be left out.
  await stage.pool.query(
    `insert into posthorn.events (key, source, provider, event_id, type, entity_kind, entity_id, state, secret_slot, body_hash, body_day, receipt_id)
     select gen_random_uuid(), source, provider, event_id || '@gone-1', type, entity_kind, entity_id, 'processed', 'api', body_hash, body_day, receipt_id
     from posthorn.events where event_id like '%@unlisted-%'`,
  )
  pass(stage, 15 * MINUTE_MS)
  await stage.run()
  assert.equal((await stage.coverage())[0]?.doubt, 'suspect')
})

const binned = new Set<string>()

test('what is listed and cannot be read is told once', async (t) => {
  const ghost = { entity: { kind: 'call', id: 'call_ghost' }, state: {}, changedAt: new Date() }
  const stage = await setReconcilerStage(t, {
    provider: 'team-connect',
    mirror: true,
    wrap: (provider) => ({
      ...provider,
      entityListing: { kinds: ['call'], page: () => Promise.resolve({ entities: [ghost] }) },
    }),
  })
  const told: string[] = []
  for (let round = 0; round < 4; round += 1) {
    pass(stage, 15 * MINUTE_MS)
    await stage.run()
    told.push(...(await queued(stage)).map(({ state }) => state))
    await mirrorQueued(stage)
  }
  assert.deepEqual(told.filter((state) => state === 'received').length, 1)
})

test('a kind of which the list shows nothing any more is not looked for, and rings', async (t) => {
  const stage = await setReconcilerStage(t, { provider: 'team-connect', mirror: true })
  for (const change of stage.happen(30)) await stage.arrive(change)
  await mirrorQueued(stage)
  await stage.pool.query(
    `insert into posthorn.entities (source, kind, entity_id, version, state, fetched_at)
     values ('source', 'agent', 'agent_of_a_team', 1, '{}', now() - interval '1 hour')`,
  )
  pass(stage, 15 * MINUTE_MS)
  await stage.run()
  assert.equal(await mirrorQueued(stage), 0)
  assert.deepEqual(await stage.alarms(), ['suspect'])
})

test('one list of the present confirms all windows that wait for it', async (t) => {
  const stage = await setReconcilerStage(t, { provider: 'team-connect', mirror: true })
  for (const change of stage.happen(10)) await stage.arrive(change)
  await mirrorQueued(stage)
  for (let day = 0; day < 4; day += 1) {
    pass(stage, 15 * MINUTE_MS)
    await stage.run()
  }
  pass(stage, 3 * DAY_MS)
  const listings = await stage.run()
  assert.equal(listings.length, 2, 'of what is new, and of all that waited')
  const windows = await stage.coverage()
  assert.deepEqual(
    windows.map(({ state }) => state),
    ['open', 'closed', 'closed', 'closed', 'closed'],
  )
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
