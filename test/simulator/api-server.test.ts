import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ApiError, createProviderApi, type ProviderApi } from '../../src/providers/api.ts'
import type { CanonicalReader } from '../../src/providers/provider.ts'
import { type ApiServer, type Fault, startApiServer } from '../../src/simulator/api-server.ts'
import { createWorlds } from '../../src/simulator/simulator.ts'
import type { Change, World } from '../../src/simulator/world.ts'

const TOKEN = 'the-only-good-token'
const START = new Date('2026-05-04T10:00:00Z')

const worlds = createWorlds('api')
const changes = new Map<World, Change[]>()
let server: ApiServer
let fault: Fault | undefined
const resent: Change[] = []

before(async () => {
  for (const world of worlds) {
    changes.set(
      world,
      Array.from({ length: 250 }, (_, index) => world.change(new Date(START.getTime() + index * 100))),
    )
  }
  server = await startApiServer({
    worlds,
    token: TOKEN,
    fault: () => fault,
    resend: (_world, change) => resent.push(change),
  })
})

after(() => server.stop())

const worldOf = (name: string): World => worlds.find((world) => world.provider.name === name) as World

const readerOf = (name: string): CanonicalReader => worldOf(name).provider.canonical as CanonicalReader

const apiOf = (name: string, token = TOKEN): ProviderApi =>
  createProviderApi({ baseUrl: server.baseUrl(name), headers: readerOf(name).authorize(token) })

async function get(path: string): Promise<{ status: number; headers: Headers; body: unknown }> {
  const response = await fetch(server.url + path, { headers: { authorization: `Bearer ${TOKEN}` } })
  return { status: response.status, headers: response.headers, body: await response.json() }
}

for (const name of ['github', 'stripe', 'team-connect']) {
  test(`the canonical reader of ${name} reads what the world holds, and finds what is gone not found`, async () => {
    const truths = worldOf(name).truth()
    assert.ok(name === 'team-connect' || truths.some(({ state }) => state === undefined))
    for (const { entity, state } of truths) {
      const read = await readerOf(name).fetch(apiOf(name), entity)
      assert.deepEqual(read, state === undefined ? { found: false } : { found: true, state })
    }
  })

  test(`the probe of ${name} passes for every kind of entity`, async () => {
    const kinds = new Map(
      worldOf(name)
        .truth()
        .map(({ entity }) => [entity.kind, entity]),
    )
    for (const entity of kinds.values()) await readerOf(name).probe(apiOf(name), entity)
  })

  test(`the API of ${name} answers 401 to a wrong token`, async () => {
    const [truth] = worldOf(name).truth()
    assert.ok(truth)
    await assert.rejects(readerOf(name).fetch(apiOf(name, 'another-token'), truth.entity), (error) => {
      return error instanceof ApiError && error.status === 401
    })
  })
}

test('an unknown entity is not found', async () => {
  assert.deepEqual(await readerOf('stripe').fetch(apiOf('stripe'), { kind: 'invoice', id: 'in_0' }), { found: false })
  assert.equal((await get('/nobody/v1/things')).status, 404)
})

test('a fault is answered in place of the truth, with how long to wait', async () => {
  const truth = worldOf('stripe')
    .truth()
    .find(({ state }) => state !== undefined)
  assert.ok(truth)
  fault = { delayMs: 30, status: 429, retryAfterSeconds: 2 }
  const startedAt = performance.now()
  await assert.rejects(readerOf('stripe').fetch(apiOf('stripe'), truth.entity), (error) => {
    return error instanceof ApiError && error.status === 429 && error.retryAfterMs === 2000
  })
  assert.ok(performance.now() - startedAt >= 29)
  fault = undefined
  assert.equal((await readerOf('stripe').fetch(apiOf('stripe'), truth.entity)).found, true)
})

test('every call is counted with its answer', async () => {
  const seen = server.answered.length
  await get('/stripe/v1/customers/nobody')
  assert.deepEqual(server.answered.slice(seen), [
    { provider: 'stripe', path: '/v1/customers/nobody', query: '', method: 'GET', status: 404 },
  ])
})

test("Stripe's events are listed page by page, newest first, by the IDs that the webhooks carry", async () => {
  const listed: string[] = []
  for (let after = ''; ;) {
    const { body } = await get(`/stripe/v1/events?limit=100${after}`)
    const page = body as { data: { id: string }[]; has_more: boolean }
    listed.push(...page.data.map(({ id }) => id))
    if (!page.has_more) break
    after = `&starting_after=${page.data.at(-1)?.id}`
  }
  const sent = changes.get(worldOf('stripe'))?.map(({ eventId }) => eventId)
  assert.deepEqual(listed, sent?.toReversed())
})

test("Stripe's events are listed by type and time", async () => {
  const from = START.getTime() / 1000 + 5
  const { body } = await get(`/stripe/v1/events?limit=100&types[]=invoice.paid&created[gte]=${from}`)
  const { data } = body as { data: { type: string; created: number }[] }
  assert.ok(data.length > 0)
  for (const event of data) assert.ok(event.type === 'invoice.paid' && event.created >= from)
})

test("GitHub's deliveries are listed page by page with how they were answered", async () => {
  const github = worldOf('github')
  const sent = changes.get(github)?.slice(0, 40) ?? []
  for (const [index, change] of sent.entries()) github.delivered?.(change, index === 0 ? undefined : 200, START)
  const guids: string[] = []
  const path = '/orgs/posthorn-demo/hooks/491001/deliveries'
  for (let query: string | undefined = '?per_page=25'; query !== undefined;) {
    const { body, headers } = await get(`/github${path}${query}`)
    guids.push(...(body as { guid: string }[]).map(({ guid }) => guid))
    query = /deliveries(\?[^>]*)>; rel="next"/.exec(headers.get('link') ?? '')?.[1]
  }
  assert.deepEqual(guids, sent.map(({ eventId }) => eventId).toReversed())
  const { body } = await get(`/github${path}/7000000000`)
  const { status_code, request } = body as { status_code: number; request: { payload: { zen: string } } }
  assert.equal(status_code, 0)
  assert.equal(typeof request.payload.zen, 'string')
})

test('GitHub sends a delivery again when it is asked to, and answers 404 for one that never was', async () => {
  const github = worldOf('github')
  const change = changes.get(github)?.[45]
  assert.ok(change)
  github.delivered?.(change, undefined, START)
  const { body } = await get(`/github${github.hookPath}/deliveries?per_page=1`)
  const [latest] = body as [{ id: number; guid: string }]
  assert.equal(latest.guid, change.eventId)
  const post = (id: number) => apiOf('github').post(`${github.hookPath}/deliveries/${id}/attempts`)
  assert.equal((await post(latest.id)).status, 202)
  assert.deepEqual(resent.splice(0), [change])
  assert.equal((await post(1)).status, 404)
  assert.deepEqual(resent, [])
  await assert.rejects(apiOf('stripe').post('/v1/events'), (error) => error instanceof ApiError && error.status === 405)
})

test("Stripe's bounds of time are open or closed, as they are named", async () => {
  const second = START.getTime() / 1000 + 5
  const times = async (bounds: string) => {
    const { body } = await get(`/stripe/v1/events?limit=100&${bounds}`)
    return new Set((body as { data: { created: number }[] }).data.map(({ created }) => created))
  }
  assert.deepEqual(await times(`created[gte]=${second}&created[lt]=${second + 1}`), new Set([second]))
  assert.deepEqual(await times(`created[gt]=${second}&created[lte]=${second + 1}`), new Set([second + 1]))
})

test("Team-Connect's collections are listed page by page", async () => {
  const teamConnect = worldOf('team-connect')
  const listed: string[] = []
  for (const kind of ['call', 'sms', 'agent']) {
    for (let cursor: string | undefined; ;) {
      const page = await teamConnect.provider.entityListing?.page(apiOf('team-connect'), {
        kind,
        ...(cursor !== undefined && { cursor }),
      })
      listed.push(...(page?.entities ?? []).map(({ entity }) => `${entity.kind} ${entity.id}`))
      cursor = page?.next
      if (cursor === undefined) break
    }
  }
  assert.deepEqual(
    listed.sort(),
    teamConnect
      .truth()
      .map(({ entity }) => `${entity.kind} ${entity.id}`)
      .sort(),
  )
})
