import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Random, seeded } from '../../src/kit/testing/mutations.ts'
import { providers } from '../../src/providers/index.ts'
import type { Provider } from '../../src/providers/provider.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { standInPaypal } from '../simulator/stand-in-paypal.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { type Shot, type Target, aim, nextShot } from './hostile-shots.ts'
import { provenContent } from './proven-content.ts'
import { type RawConnection, connect, requestBytes } from './raw-connection.ts'
import { type TestReceiver, startReceiver } from './start-receiver.ts'
import { testSource } from './webhooks.ts'

const REQUESTS = 100_000
const CONNECTIONS = 4
const PIPELINED = 32
const SEED = 20_261_121

let database: TestDatabase
let pool: Pool
let receiver: TestReceiver
let targets: Target[]

before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
  targets = await Promise.all(Object.values<Provider>({ ...providers, paypal: standInPaypal() }).map(aim))
  const sources = targets.map(({ provider, secret }, at) =>
    testSource({
      id: provider.name,
      provider,
      secrets: [{ slot: 'current', value: secret.verify }],
      onMalformed: at % 2 === 0 ? 'park' : 'refuse',
    }),
  )
  receiver = await startReceiver({ pool, sources, settings: { rateLimitPerIp: REQUESTS * 10 } })
})
after(async () => {
  await receiver.close()
  await database.drop()
})

interface Tally {
  answered: number
  byStatus: Map<number, number>
  accepted: Map<string, number>
  forged: Map<string, number>
  wrong: string[]
}

const count = <Key>(counts: Map<Key, number>, key: Key): void => void counts.set(key, (counts.get(key) ?? 0) + 1)

function judge({ kind, target, message, isForged }: Shot, status: number, tally: Tally): void {
  tally.answered += 1
  count(tally.byStatus, status)
  const isAccepted = status >= 200 && status < 300
  if (isAccepted) count(tally.accepted, kind)
  if (isForged) count(tally.forged, `${target.provider.name}, ${kind}`)
  const isWrong = status >= 500 || (isForged && isAccepted) || (kind === 'genuine' && !isAccepted)
  if (isWrong) {
    const { headers, body } = message
    tally.wrong.push(
      `${target.provider.name}, ${kind}: ${status} for ${JSON.stringify(headers)} ${body.toString().slice(0, 200)}`,
    )
  }
}

/** Pipelines requests; where the receiver ends a connection, what was behind in it stays without an answer and does not count. */
async function hammer(random: Random, tally: Tally): Promise<void> {
  let connection: RawConnection | undefined
  while (tally.answered < REQUESTS) {
    connection ??= await connect(receiver.port)
    const shots = Array.from({ length: PIPELINED }, () => nextShot(targets, random))
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
  const tally: Tally = { answered: 0, byStatus: new Map(), accepted: new Map(), forged: new Map(), wrong: [] }
  await Promise.all(Array.from({ length: CONNECTIONS }, (_, n) => hammer(seeded(SEED + n), tally)))
  assert.deepEqual(tally.wrong.slice(0, 10), [])
  assert.ok((tally.accepted.get('genuine') ?? 0) > REQUESTS / 500, 'genuine ones among them are accepted')
  for (const status of [400, 401, 404, 405, 422])
    assert.ok((tally.byStatus.get(status) ?? 0) > 0, `none was answered ${status}`)
  for (const { provider } of targets)
    for (const kind of ['body', 'headers', 'stranger', 'unsigned'])
      assert.ok((tally.forged.get(`${provider.name}, ${kind}`) ?? 0) > 0, `${provider.name}: no forgery of its ${kind}`)
  await assertGenuine()
})

/** Every stored body was signed with the right secret, alone or as a part of a batch. */
async function assertGenuine(): Promise<void> {
  const { rows } = await pool.query<{ source: string; body: Buffer }>(
    'select source, body from posthorn.events join posthorn.bodies using (key)',
  )
  assert.ok(targets.every(({ provider }) => rows.some(({ source }) => source === provider.name)))
  const signed = new Map(targets.map(({ provider, genuine }) => [provider.name, genuine]))
  for (const { source, body } of rows) {
    for (const part of provenContent(source, body)) {
      assert.ok(
        signed.get(source)?.has(part) === true || [...(signed.get(source) ?? [])].some((each) => each.includes(part)),
        `${source}: ${body.toString('latin1').slice(0, 200)}`,
      )
    }
  }
}
