import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { afterEach, test } from 'node:test'
import { PosthornError } from '../../src/domain/errors.ts'
import { createProviderApi } from '../../src/providers/api.ts'
import type { Hook } from '../../src/simulator/delivery.ts'
import { summarise } from '../../src/simulator/ledger.ts'
import { quickRetries } from '../../src/simulator/sender.ts'
import { type Simulator, startSimulator } from '../../src/simulator/simulator.ts'
import type { World } from '../../src/simulator/world.ts'
import { eventually } from '../support/eventually.ts'

const SECRET = `whsec_${Buffer.alloc(32, 3).toString('base64')}`
const EVENTS = 120
const CAP = 1024 * 1024

interface Answer {
  status: number
  body: unknown
}

/** A receiver that verifies, and remembers what it took: by ID, in the order of arrival. */
interface TestReceiver {
  server: Server
  hooks: Hook[]
  taken: Map<string, string[]>
}

const open: { stop(): unknown }[] = []
afterEach(async () => {
  for (const part of open.splice(0)) await part.stop()
})

async function start(seed: string, loseEvery?: number): Promise<Simulator> {
  const simulator = await startSimulator({
    seed,
    token: 'token',
    retryGapsMs: quickRetries({ gapMs: 5 }),
    ...(loseEvery !== undefined && { loseEvery }),
  })
  open.push(simulator)
  return simulator
}

async function startReceiver(
  simulator: Simulator,
  interfere?: (name: string, body: string) => Answer | undefined,
): Promise<TestReceiver> {
  const taken = new Map([...simulator.worlds.keys()].map((name) => [name, [] as string[]]))

  async function answer(request: IncomingMessage): Promise<Answer> {
    const name = request.url?.slice(1) ?? ''
    const { provider } = simulator.worlds.get(name) ?? assert.fail(name)
    const body = await buffer(request)
    const interference = interfere?.(name, body.toString())
    if (interference !== undefined) return interference
    if (body.length > CAP) throw new PosthornError('payload_too_large')
    const received = { method: 'POST', url: '', headers: request.headers as Record<string, string>, body }
    await provider.verify(received, [SECRET], Date.now() / 1000)
    const id = provider.identify(received)[0]?.id ?? assert.fail('no ID')
    const known = taken.get(name) ?? assert.fail(name)
    const duplicate = known.includes(id)
    if (!duplicate) known.push(id)
    return { status: 200, body: { received: true, duplicate } }
  }

  const server = createServer((request, response) => {
    const send = ({ status, body }: Answer): ServerResponse => response.writeHead(status).end(JSON.stringify(body))
    answer(request).then(send, (error: PosthornError) =>
      send({ status: error.status, body: { error: { code: error.code } } }),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push({ stop: () => server.close().closeAllConnections() })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const hooks = [...simulator.worlds].map(([name, world]) => ({
    source: name,
    world,
    url: `${url}/${name}`,
    secret: SECRET,
  }))
  return { server, hooks, taken }
}

const drive = (simulator: Simulator, hooks: Hook[]) => simulator.drive({ hooks, events: EVENTS, perSecond: Infinity })

test('a right receiver takes every event once, knows the repeated ones and refuses the rest', async () => {
  const simulator = await start('right')
  const { hooks, taken } = await startReceiver(simulator)
  await drive(simulator, hooks)
  const summary = summarise(simulator.ledger.sent)
  assert.deepEqual(summary.surprises, [])
  assert.equal(summary.accepted, EVENTS)
  assert.deepEqual(summary.bySource, new Map([...taken].map(([name, ids]) => [name, ids.length])))
  assert.ok(summary.duplicates > 5)
  const { ackMs, rejected } = summary
  assert.ok(ackMs && ackMs.p50 > 0 && ackMs.p99 >= ackMs.p50)
  assert.deepEqual([...rejected.keys()].sort(), ['invalid_signature', 'payload_too_large', 'stale_timestamp'])
  assert.equal(rejected.get('payload_too_large'), 1)
})

test('a provider that redelivers does so until it is answered well, the others leave it at that', async () => {
  const simulator = await start('redelivery')
  const seen = new Set<string>()
  const { hooks, taken } = await startReceiver(simulator, (_name, body) => {
    const isFirst = !seen.has(body)
    seen.add(body)
    return isFirst ? { status: 503, body: {} } : undefined
  })
  await drive(simulator, hooks)
  const genuine = simulator.ledger.sent.filter(({ manner }) => manner === 'genuine')
  const refused = genuine.filter(({ status }) => status === 503)
  assert.ok(refused.length > EVENTS / 2)
  assert.ok(refused.every(({ source, willRetry }) => willRetry === (source !== 'github')))
  const happened = (name: string) => new Set(genuine.flatMap((sent) => (sent.source === name ? [sent.eventId] : [])))
  assert.deepEqual(new Set(taken.get('stripe')), happened('stripe'))
  assert.ok((taken.get('github') ?? []).length < happened('github').size)
})

test('a receiver that believes everybody is found out', async () => {
  const simulator = await start('gullible')
  const { hooks } = await startReceiver(simulator, () => ({ status: 200, body: { received: true } }))
  await drive(simulator, hooks)
  const { surprises } = summarise(simulator.ledger.sent)
  for (const manner of ['forged', 'tampered', 'stale', 'oversize']) {
    assert.ok(
      surprises.some((sentence) => sentence.includes(manner)),
      manner,
    )
  }
  assert.ok(surprises.some((sentence) => sentence.includes('taken as new')))
})

test('a receiver that is not there leaves every event unacknowledged', async () => {
  const simulator = await start('nobody')
  const { server, hooks } = await startReceiver(simulator)
  server.close()
  await drive(simulator, hooks)
  const { accepted, rejected } = summarise(simulator.ledger.sent)
  assert.equal(accepted, 0)
  assert.deepEqual([...rejected.keys()], ['no_answer'])
})

test('a simulator that is stopped sends no more', async () => {
  const simulator = await startSimulator({ seed: 'stop', token: 'token' })
  const { hooks } = await startReceiver(simulator)
  const driving = simulator.drive({ hooks, events: 10_000, perSecond: 200 })
  await eventually(() => summarise(simulator.ledger.sent).accepted >= 20)
  await simulator.stop()
  await driving
  const { accepted } = summarise(simulator.ledger.sent)
  assert.ok(accepted >= 20 && accepted < 10_000)
})

test('a lost change reaches nobody, and its provider tells of it when it is asked', async () => {
  const simulator = await start('loss', 10)
  const { hooks, taken } = await startReceiver(simulator)
  await drive(simulator, hooks)
  assert.equal(simulator.lost.length, EVENTS / 10)
  const arrived = new Set([...taken.values()].flat())
  assert.equal(arrived.size, EVENTS - simulator.lost.length)
  for (const { world, change } of simulator.lost) {
    assert.ok(!arrived.has(change.eventId))
    assert.notEqual(world.provider.name, 'standard-webhooks')
    if (world.provider.listing === undefined) continue
    const from = new Date(change.occurredAt.getTime() - 2_000)
    const to = new Date(Date.now() + 2_000)
    const listed: string[] = []
    for (let cursor: string | undefined; ;) {
      const page = await world.provider.listing.page(apiOf(simulator, world), {
        ...{ from, to },
        ...(cursor !== undefined && { cursor }),
        ...(world.hookPath !== undefined && { place: world.hookPath }),
      })
      listed.push(...page.events.map(({ id }) => id))
      cursor = page.next
      if (cursor === undefined) break
    }
    assert.ok(listed.includes(change.eventId))
  }
})

test('what nobody will send is lost from the moment it happens, however long its turn takes', async () => {
  const simulator = await start('mute')
  const { hooks } = await startReceiver(simulator)
  const [hook = assert.fail('no hook')] = hooks
  const happened: string[] = []
  const change: World['change'] = (at) => {
    const made = hook.world.change(at)
    happened.push(made.eventId)
    return made
  }
  const driving = simulator.drive({
    hooks: [{ ...hook, world: { ...hook.world, change }, isMute: true }],
    events: 3,
    perSecond: 2,
    mishaps: { late: false, repeated: false, hostile: false },
  })
  await eventually(() => happened.length >= 2)
  await simulator.stop()
  assert.deepEqual(
    simulator.lost.map((lost) => lost.change.eventId),
    happened,
  )
  await driving
})

const apiOf = ({ api }: Simulator, { provider }: World) =>
  createProviderApi({ baseUrl: api.baseUrl(provider.name), headers: { authorization: 'Bearer token' } })

test('what a provider is asked to send again arrives', async () => {
  const simulator = await start('resend', 10)
  const { hooks, taken } = await startReceiver(simulator)
  await drive(simulator, hooks)
  const loss = simulator.lost.find(({ world }) => world.provider.name === 'github')
  assert.ok(loss)
  const { json } = await apiOf(simulator, loss.world).get(`${loss.world.hookPath}/deliveries?per_page=100`)
  const delivery = (json as { id: number; guid: string }[]).find(({ guid }) => guid === loss.change.eventId)
  assert.ok(delivery)
  await apiOf(simulator, loss.world).post(`${loss.world.hookPath}/deliveries/${delivery.id}/attempts`)
  await eventually(() => taken.get('github')?.includes(loss.change.eventId) ?? false)
})
