import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from '../../src/providers/api.ts'
import { readRequestOutcome } from '../../src/storage/list-coverage.ts'
import { waitingUntil } from '../../src/storage/request-windows.ts'
import { DAY_MS, MINUTE_MS, type ReconcilerStage, pass, setReconcilerStage } from './stage.ts'

const DAYS = 4

/** A source of which every event of some days is known, and a request for those days. */
async function setRequest(t: Parameters<typeof setReconcilerStage>[0]) {
  const stage = await setReconcilerStage(t, { provider: 'stripe', mirror: true })
  const { now } = stage.clock
  const from = new Date(now.getTime() - DAYS * DAY_MS)
  stage.clock.now = new Date(from.getTime() + MINUTE_MS)
  for (const change of stage.happen(4 * DAYS, DAY_MS / 4)) await stage.arrive(change)
  stage.clock.now = new Date(now.getTime() + 10 * MINUTE_MS)
  return { stage, from, asked: { from: from.toISOString(), to: now.toISOString() } }
}

/** The provider refuses everything from its `calls`th list on. */
function refuseFrom(stage: ReconcilerStage, calls: number): void {
  let made = 0
  stage.faults.next = ({ path }) => (path === '/v1/events' && ++made >= calls ? { status: 403 } : undefined)
}

const spans = ({ api }: ReconcilerStage): (string | null)[] =>
  api.answered.flatMap(({ path, query, status }) =>
    path === '/v1/events' && status === 200 ? [new URLSearchParams(query).get('created[gte]')] : [],
  )

/** The names under which entities were read again, and how many were under each. */
async function refetched({ pool }: ReconcilerStage): Promise<Record<string, number>> {
  const { rows } = await pool.query<{ token: string; count: number }>(
    `select substring(event_id from '@(.*)$') as token, count(*)::integer as count
     from posthorn.events where state_reason = 'refetch' group by 1`,
  )
  return Object.fromEntries(rows.map(({ token, count }) => [token, count]))
}

async function entitiesKnown({ pool }: ReconcilerStage): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `select count(distinct (entity_kind, entity_id))::integer as count from posthorn.events where state_reason is null`,
  )
  return rows[0]?.count ?? 0
}

test('a backfill after a run of the same days that was left reads every entity of every day again', async (t) => {
  const { stage, asked } = await setRequest(t)
  const entities = await entitiesKnown(stage)
  refuseFrom(stage, 3)
  await assert.rejects(stage.run({ asked }), ApiError)
  delete stage.faults.next
  assert.equal(spans(stage).length, 2)
  await stage.run({ asked: { ...asked, refresh: 'rebuilt' } })
  assert.deepEqual(await refetched(stage), { rebuilt: entities })
})

test('a comparison by schedule that comes in between does not use up what is to be read anew', async (t) => {
  const { stage, from } = await setRequest(t)
  // Half a day in the middle of one that the schedule has never compared either.
  const [begin, end] = [2.25, 2.75].map((days) => new Date(from.getTime() + days * DAY_MS).toISOString())
  const asked = { from: begin ?? '', to: end ?? '', refresh: 'rebuilt' }
  await stage.reconciler.plan({ source: 'source', asked })
  await stage.run()
  const listing = (await stage.reconciler.next({ source: 'source', asked })) ?? assert.fail('nothing is left to do')
  while (!(await stage.reconciler.read(listing, () => undefined)).finished);
  await stage.reconciler.judge(listing, () => undefined)
  assert.ok(((await refetched(stage))['rebuilt'] ?? 0) > 0)
})

test('a backfill that was left is taken up where it was, under the name that it had', async (t) => {
  const { stage, asked } = await setRequest(t)
  const entities = await entitiesKnown(stage)
  refuseFrom(stage, 3)
  await assert.rejects(stage.run({ asked: { ...asked, refresh: 'first' } }), ApiError)
  delete stage.faults.next
  await stage.run({ asked: { ...asked, refresh: 'again' } })
  assert.equal(new Set(spans(stage)).size, DAYS)
  assert.equal(spans(stage).length, DAYS)
  assert.deepEqual(await refetched(stage), { first: entities })
  // And once it is done, the same request is another one.
  await stage.run({ asked: { ...asked, refresh: 'another' } })
  assert.equal((await refetched(stage))['another'], entities)
})

test('a request without an end goes on to where the one ended that was left', async (t) => {
  const { stage, from, asked } = await setRequest(t)
  const until = (isBackfill: boolean, begin = from) =>
    waitingUntil(stage.pool, { source: 'source', from: begin, isBackfill })
  assert.equal(await until(true), undefined)
  refuseFrom(stage, DAYS)
  const to = new Date(Date.parse(asked.to) - 3 * 60 * MINUTE_MS)
  await assert.rejects(stage.run({ asked: { from: asked.from, to: to.toISOString(), refresh: 'first' } }), ApiError)
  assert.deepEqual(await until(true), to)
  assert.equal(await until(false), undefined)
  assert.equal(await until(true, new Date(from.getTime() - MINUTE_MS)), undefined)
})

test('a backfill beyond what the list reaches says so, and is taken up where it was although the list reaches back less far', async (t) => {
  const { stage, from, asked } = await setRequest(t)
  const horizonMs = 3.5 * DAY_MS
  const { listing } = stage.source.provider
  assert.ok(listing)
  stage.source.provider = { ...stage.source.provider, listing: { ...listing, horizonMs } }
  const until = () => waitingUntil(stage.pool, { source: 'source', from, isBackfill: true })
  refuseFrom(stage, 1)
  await assert.rejects(stage.run({ asked: { ...asked, refresh: 'first' } }), ApiError)
  assert.deepEqual(await until(), new Date(asked.to))
  refuseFrom(stage, 3)
  await assert.rejects(stage.run({ asked: { ...asked, refresh: 'again' } }), ApiError)
  delete stage.faults.next
  pass(stage, MINUTE_MS)
  assert.deepEqual(await until(), new Date(asked.to))
  const before = spans(stage).length
  await stage.run({ asked: { ...asked, refresh: 'later' } })
  // The two days that were left, and what is left of the first one, which begins later now.
  assert.equal(spans(stage).length - before, 3)
  assert.deepEqual(Object.keys(await refetched(stage)), ['first'])
  const span = { from, to: new Date(asked.to) }
  const outcome = await readRequestOutcome(stage.pool, { source: 'source', since: from, asked: span })
  assert.equal(outcome.unlisted, 1)
})

test('what a request came to is the sum of its windows, whoever has read their lists', async (t) => {
  const { stage, from, asked } = await setRequest(t)
  const since = stage.clock.now
  stage.world.change(new Date(from.getTime() + 2 * MINUTE_MS))
  stage.world.change(new Date(from.getTime() + DAY_MS + 2 * MINUTE_MS))
  await stage.run({ asked })
  const span = { from, to: new Date(asked.to) }
  const expected = { windows: DAYS, listed: 4 * DAYS + 2, recovered: 2, baseline: 0, doubtful: 0, unlisted: 0 }
  assert.deepEqual(await readRequestOutcome(stage.pool, { source: 'source', since, asked: span }), expected)

  // The schedule reads the list that this run shares, and finds a doubt.
  const ghost = stage.world.change(new Date(from.getTime() - 365 * DAY_MS))
  await stage.arrive({
    ...ghost,
    body: Buffer.from(ghost.body.toString().replace(/"created": ?\d+/, `"created":${seconds(asked.to) - 60}`)),
  })
  const pulse = (): void => undefined
  const { reconciler } = stage
  await reconciler.plan({ source: 'source' })
  for (let listing; (listing = await reconciler.next({ source: 'source' })) !== undefined;) {
    await reconciler.read(listing, pulse)
    await reconciler.judge(listing, pulse)
    assert.deepEqual(await reconciler.judge(listing, pulse), { listings: 0, listed: 0, recovered: 0, doubtful: 0 })
  }
  const { windows, doubtful } = await readRequestOutcome(stage.pool, { source: 'source', since })
  assert.ok(windows > DAYS)
  assert.equal(doubtful, 1)
})

const seconds = (time: string): number => Math.floor(Date.parse(time) / 1000)

test('a verdict rings before it is in the ledger: a death in between is no silence', async (t) => {
  const { stage } = await setRequest(t)
  await stage.pool.query(
    `insert into posthorn.entities (source, kind, entity_id, version, state) values ('source', 'invoice', 'in_1', 1, '{}')`,
  )
  stage.source.provider = {
    ...stage.source.provider,
    listing: { horizonMs: DAYS * DAY_MS, page: () => Promise.resolve({ events: [] }) },
  }
  await stage.pool.query(`
    create function die() returns trigger language plpgsql as $$ begin raise exception 'died'; end $$;
    create trigger die before update on posthorn.coverage for each row execute function die()`)
  await assert.rejects(stage.run(), /died/)
  assert.deepEqual(await stage.alarms(), ['suspect'])
  await stage.pool.query('drop trigger die on posthorn.coverage')
  await stage.run()
  assert.ok((await stage.coverage()).some(({ doubt, listings }) => doubt === 'suspect' && listings === 1))
})
