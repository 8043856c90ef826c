import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCanonicalReaders } from '../../src/mirror/canonical-readers.ts'
import { NotFoundYetError } from '../../src/mirror/absence.ts'
import { createMirrorEntity } from '../../src/mirror/mirror-entity.ts'
import { createProviderApi } from '../../src/providers/api.ts'
import type { Truth } from '../../src/simulator/world.ts'
import { mirrorDifferences } from '../../src/simulator/mirror-differences.ts'
import { readMirror } from '../../src/storage/overview.ts'
import { TOKEN, type ReconcilerStage, setReconcilerStage } from './stage.ts'

const MINUTE_MS = 60_000

const pass = (stage: ReconcilerStage, ms: number): void => {
  stage.clock.now = new Date(stage.clock.now.getTime() + ms)
}

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

const differences = async ({ pool, world }: ReconcilerStage): Promise<string[]> =>
  mirrorDifferences(world.truth(), await readMirror(pool))

test('entities that changed without a webhook are read again, and only those', async (t) => {
  const stage = await setReconcilerStage(t, { provider: 'team-connect', mirror: true })
  for (const change of stage.happen(250)) await stage.arrive(change)
  await mirrorQueued(stage)
  assert.deepEqual(await differences(stage), [])

  stage.happen(40)
  const drifted = (await differences(stage)).length
  assert.ok(drifted > 5)
  await stage.run()
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

const without = (
  ids: ReadonlySet<string>,
  list: NonNullable<ReconcilerStage['source']['provider']['entityListing']>,
): typeof list => ({
  ...list,
  page: async (api, request) => {
    const page = await list.page(api, request)
    return { ...page, entities: page.entities.filter(({ entity }) => !ids.has(entity.id)) }
  },
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
