import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { credentialHeaders } from '../../src/providers/access-token.ts'
import { ApiError, type ProviderApi, createProviderApi } from '../../src/providers/api.ts'
import { newSecret } from '../../src/providers/new-secret.ts'
import { payloadOf } from '../../src/providers/payload.ts'
import type {
  CanonicalReader,
  EntityListing,
  EventListing,
  Provider,
  WebhookRequest,
} from '../../src/providers/provider.ts'
import { type ApiServer, startApiServer } from '../../src/simulator/api-server.ts'
import { type Hook, toRequest } from '../../src/simulator/delivery.ts'
import { createRandom } from '../../src/simulator/random.ts'
import { loadWorld } from '../../src/simulator/worlds.ts'
import type { Change, World } from '../../src/simulator/world.ts'
import { providers as shipped } from '../support/providers.ts'
import { standInPaypal } from './stand-in-paypal.ts'

const providers: readonly Provider[] = Object.values({ ...shipped, paypal: standInPaypal() })
const CHANGES = 250
const TOKEN = 'token-of-the-tests'
const START = Date.now() - CHANGES * 1000

const told = new Map<World, Change[]>()
const worlds = new Map<string, World>()
for (const provider of providers) {
  const world = (await loadWorld(provider, createRandom(provider.name))) ?? assert.fail(provider.name)
  const changes = Array.from({ length: CHANGES }, (_, turn) => world.change(new Date(START + turn * 1000)))
  for (const change of changes) world.delivered?.(change, 200, change.occurredAt)
  worlds.set(provider.name, world)
  told.set(world, changes)
}
const changesOf = (world: World): Change[] => told.get(world) ?? assert.fail()
const worldOf = ({ name }: Provider): World => worlds.get(name) ?? assert.fail(name)

const resent: Change[] = []
let server: ApiServer
before(async () => {
  const resend = (_world: World, change: Change) => void resent.push(change)
  server = await startApiServer({ worlds: [...worlds.values()], token: TOKEN, resend })
})
after(() => server.stop())

function apiOf({ provider }: World, token = TOKEN): ProviderApi {
  const baseUrl = server.baseUrl(provider.name)
  return createProviderApi({
    baseUrl,
    headers: credentialHeaders(provider.canonical as CanonicalReader, { token, baseUrl }),
  })
}

/** What a list shows of an entity must be so: whatever differs would be read again for ever. */
function assertShows(state: unknown, listed: unknown): void {
  for (const [name, value] of Object.entries(listed ?? {})) {
    assert.deepEqual((state as Record<string, unknown>)[name], value, name)
  }
}

const nameOf = ({ kind, id }: { kind: string; id: string }): string => `${kind} ${id}`

for (const provider of providers) {
  const world = worldOf(provider)
  const { sign, verify } = newSecret(provider)
  const hook = { source: provider.name, world, url: 'http://127.0.0.1/webhooks/x', secret: sign }
  describe(provider.name, () => {
    webhookTests(hook, verify)
    if ('fetch' in provider.canonical) readTests(world, provider.canonical)
    if (provider.listing !== undefined) eventListTests(world, provider.listing)
    if (provider.entityListing !== undefined) entityListTests(world, provider.entityListing)
  })
}

function webhookTests(hook: Hook, secret: string): void {
  const { world } = hook
  const { provider } = world
  const requestOf = (change: Change, at = new Date()): WebhookRequest => ({
    method: 'POST',
    ...toRequest({ hook, change, manner: 'genuine' }, at),
  })

  test('every webhook verifies, is identified and fits its schema', async () => {
    const now = new Date()
    for (const change of changesOf(world)) {
      const request = requestOf(change, now)
      await provider.verify(request, [secret], now.getTime() / 1000)
      const [event, ...others] = provider.identify(request)
      assert.deepEqual([event?.id, others.length], [change.eventId, 0], change.type)
      provider.schemas[event?.type ?? '']?.parse(payloadOf(provider, event?.part ?? request.body))
      // Team-Connect has two names for some.
      if (provider.name !== 'team-connect') assert.equal(event?.type, change.type)
    }
  })

  test('webhooks differ in their IDs and their bytes, and speak of what is known', () => {
    const changes = changesOf(world)
    assert.equal(new Set(changes.map(({ eventId }) => eventId)).size, CHANGES)
    assert.equal(new Set(changes.map(({ body }) => body.toString())).size, CHANGES)
    const types = new Set(changes.map(({ type }) => type))
    assert.ok(types.size >= Math.min(2, Object.keys(provider.schemas).length))
    const known = new Set(world.truth().map(({ entity }) => nameOf(entity)))
    if (known.size === 0) return
    for (const change of changes) {
      const [event] = provider.identify(requestOf(change))
      if (event?.entity !== undefined) assert.ok(known.has(nameOf(event.entity)), nameOf(event.entity))
    }
  })

  test('a webhook that is sent again is the same event', () => {
    const [change] = changesOf(world)
    assert.ok(change)
    const idAt = (ms: number) => provider.identify(requestOf(change, new Date(ms)))[0]?.id
    assert.equal(idAt(START), idAt(START + 3_600_000))
  })
}

function readTests(world: World, reader: CanonicalReader): void {
  const readable = world.truth().filter(({ entity }) => reader.kinds.includes(entity.kind))

  test('the canonical reader reads what the world holds, and what is gone it does not find', async () => {
    assert.ok(readable.length > 5)
    for (const { entity, state } of readable) {
      const read = await reader.fetch(apiOf(world), entity)
      assert.deepEqual(read, state === undefined ? { found: false } : { found: true, state })
    }
  })

  test('the probe passes, and a wrong token does not', async () => {
    const there = readable.filter(({ state }) => state !== undefined)
    for (const { entity } of new Map(there.map((truth) => [truth.entity.kind, truth])).values()) {
      await reader.probe(apiOf(world), entity)
      await assert.rejects(reader.probe(apiOf(world, 'another'), entity), (error) => {
        return error instanceof ApiError && (error.status === 401 || error.status === 403)
      })
    }
  })
}

/** Reads a list to its end. */
async function readAll<T>(
  read: (cursor: { cursor?: string }) => Promise<{ items: T[]; next?: string | undefined }>,
): Promise<T[]> {
  const all: T[] = []
  for (let cursor: string | undefined; ;) {
    const { items, next } = await read(cursor === undefined ? {} : { cursor })
    all.push(...items)
    assert.ok(all.length <= 2 * CHANGES, 'a list without an end')
    if (next === undefined) return all
    cursor = next
  }
}

const placeOf = ({ hookPath }: World) => (hookPath === undefined ? {} : { place: hookPath })
const always = { from: new Date(START - 5_000), to: new Date(Date.now() + 5_000) }

function eventListTests(world: World, listing: EventListing): void {
  const { provider, hookPath } = world
  const listed = () =>
    readAll(async (cursor) => {
      const { events, next } = await listing.page(apiOf(world), { ...always, ...placeOf(world), ...cursor })
      return { items: events, next }
    })

  test('the list holds every event that was told, once, as it was told', async () => {
    const events = await listed()
    for (const event of events) {
      const known = changesOf(world).find(({ eventId }) => eventId === event.id) ?? assert.fail(event.id)
      const body = event.body ?? (await listing.load?.(apiOf(world), event, hookPath)) ?? assert.fail('no body')
      const [identified] = provider.identify({ method: 'POST', url: '', headers: event.headers ?? {}, body })
      assert.deepEqual([identified?.id ?? event.id, identified?.type], [event.id, known.type])
    }
    const told = changesOf(world).map(({ eventId }) => eventId)
    assert.deepEqual(events.map(({ id }) => id).sort(), told.sort())
  })

  if (listing.redeliver === undefined) return

  test('what is asked for is sent again, and nothing else', async () => {
    const [event] = await listed()
    assert.ok(event)
    resent.length = 0
    await listing.redeliver?.(apiOf(world), event, hookPath)
    assert.deepEqual(
      resent.map(({ eventId }) => eventId),
      [event.id],
    )
    const unknown = { ...event, id: 'WH-0', handle: '0' }
    await assert.rejects(async () => listing.redeliver?.(apiOf(world), unknown, hookPath), ApiError)
    assert.equal(resent.length, 1)
  })
}

function entityListTests(world: World, listing: EntityListing): void {
  test('the list holds every entity that is there, once, as it is', async () => {
    for (const kind of listing.kinds) {
      const entities = await readAll(async (cursor) => {
        const page = await listing.page(apiOf(world), { kind, ...placeOf(world), ...cursor })
        return { items: page.entities, next: page.next }
      })
      const there = world.truth().filter(({ entity, state }) => entity.kind === kind && state !== undefined)
      assert.deepEqual(
        entities.map(({ entity }) => nameOf(entity)).sort(),
        there.map(({ entity }) => nameOf(entity)).sort(),
      )
      const shown = new Map(entities.map(({ entity, state }) => [nameOf(entity), state]))
      for (const { entity, state } of there) assertShows(state, shown.get(nameOf(entity)))
    }
  })
}
