import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from '../../src/providers/api.ts'
import { closeListing, countListed } from '../../src/storage/count-listing.ts'
import { eventKey } from '../../src/storage/event-key.ts'
import { incomingEvent } from '../storage/incoming-event.ts'
import { DAY_MS, MINUTE_MS, type ReconcilerStage, pass, setReconcilerStage } from './stage.ts'

async function slots(stage: ReconcilerStage): Promise<Record<string, number>> {
  const { rows } = await stage.pool.query<{ slot: string; count: number }>(
    'select secret_slot as slot, count(*)::integer as count from posthorn.events group by 1',
  )
  return Object.fromEntries(rows.map(({ slot, count }) => [slot, count]))
}

for (const provider of ['stripe', 'paypal', 'telnyx', 'github', 'gitlab']) {
  test(`${provider}: what no webhook brought is recovered, and a late webhook for it is a duplicate`, async (t) => {
    const stage = await setReconcilerStage(t, { provider })
    const changes = stage.happen(250)
    const dropped = changes.filter((_, index) => index % 25 === 7)
    for (const change of changes) if (!dropped.includes(change)) await stage.arrive(change)
    pass(stage, 10 * MINUTE_MS)
    await stage.run()

    const [window] = await stage.coverage()
    assert.deepEqual(
      { listed: window?.listed, present: window?.present, recovered: window?.recovered, doubt: window?.doubt },
      { listed: 250, present: 240, recovered: 10, doubt: null },
    )
    assert.deepEqual(await slots(stage), { current: 240, api: 10 })
    for (const change of dropped) assert.equal(await stage.arrive(change), 'duplicate')
    assert.deepEqual(await slots(stage), { current: 240, api: 10 })
    const { rows } = await stage.pool.query<{ type: string }>(
      `select type, entity_kind, entity_id from posthorn.events where key = $1 and state = 'received'`,
      [eventKey('source', dropped[3]?.eventId ?? '')],
    )
    assert.equal(rows[0]?.type, dropped[3]?.type)
  })
}

test('a recovered event is the one that the webhook would have been', async (t) => {
  for (const provider of ['stripe', 'paypal', 'telnyx', 'github', 'gitlab']) {
    const stage = await setReconcilerStage(t, { provider })
    const other = await setReconcilerStage(t, { provider })
    const [first] = stage.happen(30)
    assert.ok(first)
    for (const change of other.happen(30)) await other.arrive(change)
    pass(stage, 10 * MINUTE_MS)
    await stage.run()
    const columns = `event_id, type, entity_kind, entity_id, api_version, state`
    const read = async ({ pool }: ReconcilerStage) =>
      (await pool.query<Record<string, unknown>>(`select ${columns} from posthorn.events order by event_id`)).rows
    assert.deepEqual(await read(stage), await read(other))
  }
})

test('what is younger than the settle lag is not missing yet, and the windows overlap', async (t) => {
  const stage = await setReconcilerStage(t, { provider: 'stripe' })
  stage.happen(10)
  pass(stage, 3 * MINUTE_MS)
  await stage.run()
  assert.deepEqual(await slots(stage), {})
  pass(stage, 3 * MINUTE_MS)
  await stage.run()
  assert.deepEqual(await slots(stage), { api: 10 })
  const windows = await stage.coverage()
  const [late, early] = [windows[0], windows[1]]
  assert.equal(late?.from.getTime(), (early?.to.getTime() ?? 0) - 5 * MINUTE_MS)
})

test('the first run looks back as far as is asked, and older than the connection is history', async (t) => {
  const stage = await setReconcilerStage(t, {
    provider: 'stripe',
    mirror: true,
    connectedAt: new Date(Date.now() - 10 * MINUTE_MS),
  })
  const now = stage.clock.now
  pass(stage, -71 * 3_600_000)
  stage.happen(5)
  pass(stage, -2 * 3_600_000)
  stage.happen(5)
  stage.clock.now = now
  await stage.run()
  const { rows } = await stage.pool.query(
    'select e.state, e.state_reason, q.handler, q.priority from posthorn.events e join posthorn.queue q using (key)',
  )
  assert.equal(rows.length, 5)
  for (const row of rows) {
    assert.deepEqual(row, { state: 'ignored', state_reason: 'baseline', handler: 'mirror', priority: 2 })
  }
  const windows = await stage.coverage()
  assert.equal(windows.length, 3)
  assert.deepEqual(
    windows.map(({ baseline, recovered }) => [baseline, recovered]),
    [
      [0, 0],
      [0, 0],
      [5, 0],
    ],
  )
  assert.deepEqual(await stage.alarms(), [])
})

test('a window closes with its second listing, a day later and no sooner', async (t) => {
  const stage = await setReconcilerStage(t, { provider: 'stripe', settings: { lookBackMs: DAY_MS } })
  for (const change of stage.happen(20)) await stage.arrive(change)
  pass(stage, 10 * MINUTE_MS)
  await stage.run()
  const states = async () => (await stage.coverage()).map(({ state, listings }) => `${state} ${listings}`)
  assert.deepEqual(await states(), ['open 1'])
  for (let quarter = 0; quarter < 4; quarter += 1) {
    pass(stage, 15 * MINUTE_MS)
    await stage.run()
  }
  assert.deepEqual(await states(), Array(5).fill('open 1'))
  pass(stage, 31 * 3_600_000)
  await stage.run()
  const windows = await stage.coverage()
  assert.deepEqual(
    windows.filter(({ state }) => state === 'closed').map(({ listings }) => listings),
    [2, 2, 2, 2, 2],
  )
})

test('what the provider shows late is found by the second listing', async (t) => {
  const late = new Set<string>()
  const stage = await setReconcilerStage(t, {
    provider: 'stripe',
    settings: { lookBackMs: DAY_MS },
    wrap: hiding(late),
  })
  const [first, second] = stage.happen(2)
  late.add(second?.eventId ?? '')
  pass(stage, 10 * MINUTE_MS)
  await stage.run()
  assert.deepEqual(await slots(stage), { api: 1 })
  late.clear()
  pass(stage, 31 * 3_600_000)
  await stage.run()
  assert.deepEqual(await slots(stage), { api: 2 })
  const window = (await stage.coverage()).find(({ listings }) => listings === 2)
  assert.deepEqual([window?.listed, window?.recovered, window?.state], [2, 2, 'closed'])
  for (const change of [first, second]) assert.equal(change && (await stage.arrive(change)), 'duplicate')
})

const hiding =
  (ids: ReadonlySet<string>): NonNullable<Parameters<typeof setReconcilerStage>[1]['wrap']> =>
  (provider) => ({
    ...provider,
    ...(provider.listing && {
      listing: {
        ...provider.listing,
        page: async (api, request) => {
          const page = await provider.listing?.page(api, request)
          return { ...page, events: page?.events.filter(({ id }) => !ids.has(id)) ?? [] }
        },
      },
    }),
  })

test('resumed after a death, a listing reads no page twice that was noted, and recovers exactly what is missing', async (t) => {
  const stage = await setReconcilerStage(t, { provider: 'stripe', settings: { lookBackMs: DAY_MS } })
  const changes = stage.happen(1_000, 100)
  for (const [index, change] of changes.entries()) if (index % 10 !== 3) await stage.arrive(change)
  pass(stage, 10 * MINUTE_MS)
  const request = { source: 'source' }
  await stage.reconciler.plan(request)
  const listing = await stage.reconciler.next(request)
  assert.ok(listing)
  let pages = 0
  stage.faults.next = ({ path }) => (path === '/v1/events' && ++pages > 4 ? { status: 503 } : undefined)
  await assert.rejects(
    stage.reconciler.read(listing, () => undefined),
    ApiError,
  )
  delete stage.faults.next
  await stage.run()
  const queries = stage.api.answered.flatMap(({ path, query, status }) =>
    path === '/v1/events' && status === 200 ? [query] : [],
  )
  assert.equal(queries.length, new Set(queries).size, 'a page was read twice')
  assert.equal(queries.filter((query) => query.includes('starting_after')).length, 9)
  const windows = await stage.coverage()
  assert.equal(
    windows.reduce((sum, { recovered }) => sum + recovered, 0),
    100,
  )
  assert.deepEqual(await slots(stage), { current: 900, api: 100 })
  const { rows } = await stage.pool.query('select from posthorn.listed_events')
  assert.equal(rows.length, 0)
})

test('two that read the same list at once note every page once', async (t) => {
  const stage = await setReconcilerStage(t, { provider: 'stripe' })
  stage.happen(500, 100)
  pass(stage, 10 * MINUTE_MS)
  await Promise.all([stage.run(), stage.run()])
  const windows = await stage.coverage()
  assert.equal(
    windows.reduce((sum, { listed }) => sum + listed, 0),
    500,
  )
  assert.deepEqual(await slots(stage), { api: 500 })
})

test('a rate limit leaves the window open, with nothing said of it', async (t) => {
  const stage = await setReconcilerStage(t, { provider: 'stripe' })
  stage.happen(5)
  pass(stage, 10 * MINUTE_MS)
  stage.faults.next = () => ({ status: 429, retryAfterSeconds: 7 })
  await assert.rejects(
    stage.run(),
    (error) => error instanceof ApiError && error.isOutage && error.retryAfterMs === 7_000,
  )
  const before = await stage.coverage()
  assert.ok(before.length > 0)
  assert.ok(before.every(({ state, listings, doubt }) => state === 'open' && listings === 0 && doubt === null))
  delete stage.faults.next
  await stage.run()
  assert.deepEqual(await slots(stage), { api: 5 })
})

test('an empty list from a credential that lost its scope is suspect, and stays open', async (t) => {
  const stage = await setReconcilerStage(t, { provider: 'stripe' })
  for (const change of stage.happen(20)) await stage.arrive(change)
  pass(stage, 10 * MINUTE_MS)
  await stage.run()
  assert.deepEqual(await stage.alarms(), [], 'one that sees')
  const blind = await setReconcilerStage(t, { provider: 'stripe', wrap: blinded })
  for (const change of blind.happen(20)) await blind.arrive(change)
  pass(blind, 10 * MINUTE_MS)
  await blind.run()
  const [window] = await blind.coverage()
  assert.deepEqual([window?.listed, window?.contradicted, window?.doubt, window?.state], [0, 20, 'suspect', 'open'])
  assert.deepEqual(await blind.alarms(), ['suspect'])
  pass(blind, 32 * 3_600_000)
  await blind.run()
  const again = (await blind.coverage()).find(({ from }) => from.getTime() === window?.from.getTime())
  assert.deepEqual([again?.listings, again?.state, again?.doubt], [2, 'open', 'suspect'])
})

const blinded: NonNullable<Parameters<typeof setReconcilerStage>[1]['wrap']> = (provider) => ({
  ...provider,
  listing: { horizonMs: 30 * DAY_MS, page: () => Promise.resolve({ events: [] }) },
})

test('an empty list is suspect when the credential can read nothing else either', async (t) => {
  const stage = await setReconcilerStage(t, { provider: 'stripe', mirror: true, wrap: blinded })
  await stage.pool.query(
    `insert into posthorn.entities (source, kind, entity_id, version, state) values ('source', 'invoice', 'in_1', 1, '{}')`,
  )
  await stage.run()
  assert.deepEqual(await stage.alarms(), [])
  stage.faults.next = () => ({ status: 403 })
  pass(stage, 15 * MINUTE_MS)
  await stage.run()
  assert.equal((await stage.coverage())[0]?.doubt, 'suspect')
})

test('an empty list is not suspect for a connected account that can be read no more', async (t) => {
  const stage = await setReconcilerStage(t, {
    provider: 'stripe',
    mirror: true,
    account: 'acct_own',
    wrap: (provider) => ({ ...blinded(provider), canonical: closedTo('acct_connected', provider.canonical) }),
  })
  const [change] = stage.happen(1)
  assert.ok(change)
  await stage.inbox.accept(
    incomingEvent({ source: 'source', account: 'acct_connected', eventId: change.eventId, body: change.body }),
  )
  await stage.pool.query(
    `insert into posthorn.entities (source, kind, entity_id, version, state, event_key) values ('source', 'invoice', 'in_1', 1, '{}', $1)`,
    [eventKey('source', change.eventId)],
  )
  await stage.run()
  assert.deepEqual(await stage.alarms(), [])
})

const closedTo = (account: string, canonical: ReconcilerStage['source']['provider']['canonical']): typeof canonical =>
  'view' in canonical
    ? canonical
    : {
        ...canonical,
        probe: (api, entity, asked) =>
          asked === account
            ? Promise.reject(new ApiError('this account is out of reach', { status: 403 }))
            : canonical.probe(api, entity, asked),
      }

test('what the list does not cover is unprovable, and no contradiction', async (t) => {
  const stage = await setReconcilerStage(t, { provider: 'stripe' })
  const [change] = stage.happen(1)
  assert.ok(change)
  await stage.arrive(change)
  const thin = Buffer.from(JSON.stringify({ id: 'evt_thin', object: 'v2.core.event', type: 'v2.core.event' }))
  await stage.arrive({ eventId: 'evt_thin', type: 'v2.core.account.updated', occurredAt: stage.clock.now, body: thin })
  pass(stage, 10 * MINUTE_MS)
  await stage.run()
  const [window] = await stage.coverage()
  assert.deepEqual([window?.listed, window?.contradicted, window?.unprovable, window?.doubt], [1, 0, 1, null])
})

test('an event that the list lacks among others contradicts it', async (t) => {
  const stage = await setReconcilerStage(t, { provider: 'github' })
  for (const change of stage.happen(30)) await stage.arrive(change)
  const ghost = stage.world.change(new Date(stage.clock.now.getTime()))
  await stage.arrive(ghost)
  pass(stage, 10 * MINUTE_MS)
  await stage.run()
  const [window] = await stage.coverage()
  assert.deepEqual([window?.listed, window?.contradicted, window?.doubt], [30, 1, 'suspect'])
})

test('gaps that recur raise an alarm, a single one does not', async (t) => {
  const stage = await setReconcilerStage(t, { provider: 'stripe' })
  for (let round = 1; round <= 3; round += 1) {
    stage.happen(2)
    pass(stage, 15 * MINUTE_MS)
    await stage.run()
    assert.deepEqual(await stage.alarms(), round < 3 ? [] : ['gaps_recur'])
  }
})

test('what lies in two windows was lost once', async (t) => {
  const stage = await setReconcilerStage(t, { provider: 'stripe', settings: { overlapMs: 5 * MINUTE_MS } })
  pass(stage, 15 * MINUTE_MS)
  await stage.run()
  pass(stage, MINUTE_MS)
  stage.happen(1)
  for (let minute = 0; minute < 10; minute += 1) {
    pass(stage, MINUTE_MS)
    await stage.run()
  }
  const found = (await stage.coverage()).filter(({ recovered }) => recovered > 0)
  assert.ok(found.length > 3, String(found.length))
  assert.deepEqual(await stage.alarms(), [])
})

test('an entry that is too large to be read, or that may not be sent again, keeps no other from being read', async (t) => {
  for (const refused of [
    { payload: 413, resend: 200 },
    { payload: 404, resend: 403 },
  ]) {
    const stage = await setReconcilerStage(t, { provider: 'github' })
    stage.happen(3)
    let asked: string | undefined
    stage.faults.next = ({ path, method }) => {
      if (method === 'POST') return refused.resend === 200 ? undefined : { status: refused.resend }
      if (!/deliveries\/\d+$/.test(path)) return undefined
      asked ??= path
      return path === asked ? { status: refused.payload } : undefined
    }
    pass(stage, 10 * MINUTE_MS)
    await stage.run()
    const [window] = await stage.coverage()
    assert.deepEqual([window?.recovered, window?.unreachable, window?.doubt], [2, 1, 'unreachable'])
  }
})

test('a payload that is gone is asked for again, and the second listing finds it', async (t) => {
  const stage = await setReconcilerStage(t, { provider: 'github' })
  const [change] = stage.happen(1)
  assert.ok(change)
  stage.faults.next = ({ path, method }) =>
    /deliveries\/\d+$/.test(path) && method === 'GET' ? { status: 404 } : undefined
  pass(stage, 10 * MINUTE_MS)
  await stage.run()
  assert.deepEqual(
    stage.faults.resent.map(({ eventId }) => eventId),
    [change.eventId],
  )
  const [window] = await stage.coverage()
  assert.deepEqual([window?.unreachable, window?.doubt, window?.state], [1, 'unreachable', 'open'])
  assert.deepEqual(await stage.alarms(), ['unreachable'])
  assert.equal(await stage.arrive(change), 'new')
  pass(stage, 32 * 3_600_000)
  await stage.run()
  const again = (await stage.coverage()).find(({ from }) => from.getTime() === window?.from.getTime())
  assert.deepEqual([again?.present, again?.unreachable, again?.doubt, again?.state], [1, 0, null, 'closed'])
})

test('a refusal leaves the window open and in doubt', async (t) => {
  const stage = await setReconcilerStage(t, { provider: 'stripe' })
  stage.faults.next = () => ({ status: 403 })
  await assert.rejects(stage.run(), (error) => error instanceof ApiError && !error.isOutage)
  const listing = await stage.reconciler.next({ source: 'source' })
  await stage.reconciler.refuse(listing ?? '', 'provider_refused_403')
  const windows = await stage.coverage()
  assert.deepEqual([...new Set(windows.map(({ state, doubt }) => `${state} ${doubt}`))].sort(), [
    'open null',
    'open refused',
  ])
  assert.deepEqual(await stage.alarms(), ['refused'])
})

test('a list that was not read for another reason is not called refused: the ledger keeps the reason', async (t) => {
  const stage = await setReconcilerStage(t, { provider: 'stripe' })
  await stage.reconciler.plan({ source: 'source' })
  const listing = (await stage.reconciler.next({ source: 'source' })) ?? ''
  const doubts = async () => new Set((await stage.coverage()).map(({ state, doubt }) => `${state} ${doubt}`))
  await stage.reconciler.refuse(listing, 'outage_outlasted')
  assert.deepEqual(await doubts(), new Set(['open null', 'open outage_outlasted']))
  assert.deepEqual(await stage.alarms(), ['unread'])
  await stage.reconciler.refuse(listing, 'provider_refused_401')
  assert.deepEqual(await doubts(), new Set(['open null', 'open refused']))
})

test('a window that the schedule and a person have listed at once has been listed once, and stays open', async (t) => {
  const stage = await setReconcilerStage(t, { provider: 'stripe' })
  stage.happen(3)
  pass(stage, 10 * MINUTE_MS)
  const { reconciler } = stage
  await reconciler.plan({ source: 'source' })
  const scheduled = (await reconciler.next({ source: 'source' })) ?? ''
  const due = (await stage.coverage()).filter(({ origin }) => origin === 'schedule')
  const asked = {
    from: new Date(Math.min(...due.map(({ from }) => from.getTime()))).toISOString(),
    to: new Date(Math.max(...due.map(({ to }) => to.getTime()))).toISOString(),
  }
  await reconciler.plan({ source: 'source', asked })
  const wanted = (await reconciler.next({ source: 'source', asked })) ?? ''
  const pulse = (): void => undefined
  for (const listing of [scheduled, wanted]) while (!(await reconciler.read(listing, pulse)).finished);
  const counting = { confirmAfterMs: DAY_MS, baseline: new Date(0), horizon: new Date(0) }
  const judged = await Promise.all(
    [scheduled, wanted].map(async (listing) => ({
      listing,
      windows: await countListed(stage.pool, { listing, ...counting }),
    })),
  )
  for (const { listing, windows } of judged) {
    const verdicts = windows.map((window) => ({ ...window, doubt: null, mayClose: true }))
    await closeListing(stage.pool, { listing, now: stage.clock.now, confirmAfterMs: DAY_MS }, verdicts)
  }
  const windows = await stage.coverage()
  assert.ok(windows.some(({ listings }) => listings === 1))
  for (const { listings, state } of windows) assert.ok(listings <= 1 && state === 'open')
})

test('beyond the horizon of the list nothing is proven, and the ledger says so', async (t) => {
  const stage = await setReconcilerStage(t, { provider: 'github', settings: { lookBackMs: 5 * DAY_MS } })
  await stage.run()
  const oldest = (await stage.coverage()).at(-1)
  assert.deepEqual([oldest?.state, oldest?.doubt, oldest?.listings], ['closed', 'beyond_horizon', 0])
  assert.equal((oldest?.to.getTime() ?? 0) - (oldest?.from.getTime() ?? 0), 2 * DAY_MS + 5 * MINUTE_MS)
})

test('a list that leads back to itself is refused', async (t) => {
  const stage = await setReconcilerStage(t, {
    provider: 'stripe',
    wrap: (provider) => ({
      ...provider,
      listing: { horizonMs: DAY_MS * 30, page: () => Promise.resolve({ events: [], next: 'here' }) },
    }),
  })
  await assert.rejects(stage.run(), /same page/)
})
