import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Random, mutateBody, mutateHeaders, scrap, seeded } from '../../src/kit/testing/mutations.ts'
import { signedRequest } from '../../src/kit/testing/signed-request.ts'
import { newSecret } from '../../src/providers/new-secret.ts'
import type { Provider, SecretPair } from '../../src/providers/provider.ts'
import { type Samples, loadSamples } from '../../src/simulator/samples.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { providers } from '../support/providers.ts'
import { type RawConnection, connect, requestBytes } from './raw-connection.ts'
import { type TestReceiver, startReceiver } from './start-receiver.ts'
import { testSource } from './webhooks.ts'

const REQUESTS = 100_000
const CONNECTIONS = 4
const PIPELINED = 32
const SEED = 20_261_121

/** What they sign is not the bytes, but fields, written one behind the other: some changes of a body do not change it. */
const COVERS_FIELDS = new Set(['adyen', 'twilio'])
/** Nobody but PayPal has the key. */
const CANNOT_BE_SIGNED = new Set(['paypal'])

interface Target {
  provider: Provider
  samples: Samples
  secret: SecretPair
  /** Everything that was signed with the right secret. */
  genuine: Set<string>
  last?: Message
}

interface Message {
  method: string
  path: string
  headers: Record<string, string>
  body: Buffer
}

interface Shot {
  kind: string
  target: Target
  message: Message
  /** Nobody who knows the secret has made it. */
  isForged: boolean
}

let database: TestDatabase
let pool: Pool
let receiver: TestReceiver
let targets: Target[]

before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
  targets = await Promise.all(Object.values<Provider>(providers).map(aim))
  const sources = targets.map(({ provider, secret }) =>
    testSource({ id: provider.name, provider, secrets: [{ slot: 'current', value: secret.verify }] }),
  )
  receiver = await startReceiver({ pool, sources, settings: { rateLimitPerIp: REQUESTS * 10 } })
})
after(async () => {
  await receiver.close()
  await database.drop()
})

async function aim(provider: Provider): Promise<Target> {
  const samples = await loadSamples(provider)
  assert.ok(samples, provider.name)
  return { provider, samples, secret: newSecret(provider), genuine: new Set() }
}

function sign({ provider, samples }: Target, random: Random, secret: string): Message {
  const seed = String(random(2 ** 31))
  const type = samples.types[random(samples.types.length)] as string
  const id = samples.newId(seed)
  const sample = samples.write(type, { id, now: new Date(), seed })
  assert.ok(sample, type)
  const { method, headers, body } = signedRequest(provider, { body: sample.body, secret, id, type })
  return {
    method,
    path: `/webhooks/${provider.name}`,
    headers: { ...headers, 'content-type': sample.contentType },
    body,
  }
}

function genuine(target: Target, random: Random): Message {
  const message = sign(target, random, target.secret.sign)
  target.genuine.add(message.body.toString('latin1'))
  target.last = message
  return message
}

const METHODS = ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'POST']
const PATHS = ['', '/', '/x', '?a=b', '/..%2f..', '%00', '/%e0%80%80', '//']

/** One request of any kind: most are hostile, some are what a provider sends. */
function nextShot(random: Random): Shot {
  const target = targets[random(targets.length)] as Target
  const unsigned = (): Message => ({ ...plain(target, random), headers: { 'content-type': 'application/json' } })
  if (CANNOT_BE_SIGNED.has(target.provider.name)) {
    return { kind: 'unsigned', target, message: unsigned(), isForged: true }
  }
  const isFresh = random(20) === 0
  const good = isFresh || target.last === undefined ? genuine(target, random) : target.last
  switch (random(8)) {
    case 0:
      return isFresh
        ? { kind: 'genuine', target, message: good, isForged: false }
        : { kind: 'unsigned', target, message: unsigned(), isForged: true }
    case 1:
    case 2:
      return { kind: 'headers', target, message: { ...good, headers: clean(good, random) }, isForged: false }
    case 3:
      return {
        kind: 'stranger',
        target,
        message: sign(target, random, newSecret(target.provider).sign),
        isForged: true,
      }
    case 4:
      return { kind: 'method', target, message: { ...unsigned(), method: pick(METHODS, random) }, isForged: true }
    case 5:
      return { kind: 'path', target, message: { ...good, path: good.path + pick(PATHS, random) }, isForged: false }
    default:
      return tampered(target, good, random)
  }
}

/** A signature that stands in the body would come along. */
const plain = (target: Target, random: Random): Message =>
  target.provider.embedSignature === undefined ? (target.last ?? bare(target, random)) : bare(target, random)

const bare = ({ provider }: Target, random: Random): Message => ({
  method: 'POST',
  path: `/webhooks/${provider.name}`,
  headers: {},
  body: Buffer.from(scrap(random)),
})

const pick = <T>(items: readonly T[], random: Random): T => items[random(items.length)] as T

/** What no HTTP parser lets through would only end the connection. */
const clean = ({ headers }: Message, random: Random): Record<string, string> =>
  Object.fromEntries(
    Object.entries(mutateHeaders(headers, random)).map(([name, value]) => [
      name,
      value.replaceAll(/[^\t\u0020-\u007e\u0080-\u00ff]/g, '').trim(),
    ]),
  )

function tampered(target: Target, good: Message, random: Random): Shot {
  const isJson = good.headers['content-type'] === 'application/json' && good.body.toString().startsWith('{')
  const body = mutateBody(good.body, random, isJson)
  const isForged = !COVERS_FIELDS.has(target.provider.name) && !target.genuine.has(body.toString('latin1'))
  return { kind: 'body', target, message: { ...good, body }, isForged }
}

interface Tally {
  answered: number
  byStatus: Map<number, number>
  accepted: Map<string, number>
  wrong: string[]
}

function judge({ kind, target, message, isForged }: Shot, status: number, tally: Tally): void {
  tally.answered += 1
  tally.byStatus.set(status, (tally.byStatus.get(status) ?? 0) + 1)
  const isAccepted = status >= 200 && status < 300
  if (isAccepted) tally.accepted.set(kind, (tally.accepted.get(kind) ?? 0) + 1)
  const isWrong = status >= 500 || (isForged && isAccepted) || (kind === 'genuine' && !isAccepted)
  if (isWrong) {
    tally.wrong.push(`${target.provider.name}, ${kind}: ${status} for ${message.body.toString().slice(0, 200)}`)
  }
}

/** Pipelines requests; where the receiver ends a connection, what was behind in it stays without an answer and does not count. */
async function hammer(random: Random, tally: Tally): Promise<void> {
  let connection: RawConnection | undefined
  while (tally.answered < REQUESTS) {
    connection ??= await connect(receiver.port)
    const shots = Array.from({ length: PIPELINED }, () => nextShot(random))
    connection.send(Buffer.concat(shots.map(({ message: { method, ...webhook } }) => requestBytes(webhook, method))))
    for (const shot of shots) {
      const answer = await connection.answer().catch(() => undefined)
      if (answer === undefined) {
        connection = undefined
        break
      }
      judge(shot, answer.status, tally)
    }
  }
  connection?.socket.destroy()
}

test(`none of ${REQUESTS} hostile requests is answered with 5xx, and nothing that was not signed is accepted or stored`, async () => {
  const tally: Tally = { answered: 0, byStatus: new Map(), accepted: new Map(), wrong: [] }
  await Promise.all(Array.from({ length: CONNECTIONS }, (_, n) => hammer(seeded(SEED + n), tally)))
  assert.deepEqual(tally.wrong.slice(0, 10), [])
  assert.ok((tally.accepted.get('genuine') ?? 0) > REQUESTS / 500, 'genuine ones among them are accepted')
  for (const status of [400, 401, 404, 405])
    assert.ok((tally.byStatus.get(status) ?? 0) > 0, `none was answered ${status}`)
  await assertGenuine()
})

/** Every stored body was signed with the right secret, alone or as a part of a batch. */
async function assertGenuine(): Promise<void> {
  const { rows } = await pool.query<{ source: string; body: Buffer }>(
    'select source, body from posthorn.events join posthorn.bodies using (key)',
  )
  assert.ok(rows.length > 0)
  const signed = new Map(targets.map(({ provider, genuine: bodies }) => [provider.name, [...bodies]]))
  for (const { source, body } of rows) {
    const text = body.toString('latin1')
    if (COVERS_FIELDS.has(source)) continue
    assert.ok(
      signed.get(source)?.some((each) => each === text || each.includes(text)),
      `${source}: ${text.slice(0, 200)}`,
    )
  }
}
