import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { Mortal } from '../../src/main/prove/mortal.ts'
import type { ProveStage } from '../../src/main/prove/prove-stage.ts'
import { raiseStorm } from '../../src/main/prove/storm.ts'
import { PARTS } from '../../src/prove/fault-plan.ts'
import { createWitness } from '../../src/prove/witness.ts'
import { type Delivery, EXPECTED, type Hook, isProviders } from '../../src/simulator/delivery.ts'
import { createRandom } from '../../src/simulator/random.ts'
import { createWorlds } from '../../src/simulator/simulator.ts'

/** Enough for the hundred changes of the first round on a machine that is busy with something else. */
const SECONDS = 5

test('a storm that only time ends stops in time, has killed every part by then, and leaves no hook without a forgery', async () => {
  const { stage, killed } = calmStage()
  const startedAt = Date.now()
  const options = { events: Infinity, minutes: SECONDS / 60, say: () => undefined }
  const { faults } = await raiseStorm(stage, idle, options)
  const seconds = (Date.now() - startedAt) / 1_000
  assert.ok(seconds >= SECONDS && seconds < 10 * SECONDS, `${seconds} s`)
  assert.deepEqual(new Set(killed), new Set(PARTS))
  assert.equal(faults.kill, killed.length)
})

test('a hook of which all forgeries met a dead receiver is tried again in the calm', async () => {
  const { stage, forgedInCalm } = calmStage()
  await raiseStorm(stage, idle, { events: 30, minutes: Infinity, say: () => undefined })
  const calm = new Set(forgedInCalm.map(({ hook }) => hook.source))
  assert.deepEqual(calm, new Set(stage.hooks.map(({ source }) => source)))
})

/** Nothing waits. */
const idle = {
  unfinished: 0,
  isStuck: false,
  expect: () => undefined,
  untilBelow: () => Promise.resolve(),
  stop: () => Promise.resolve(),
}

/** A stage on which everything answers as it has to, some milliseconds late, and dies at once. */
function calmStage() {
  const killed: string[] = []
  const forgedInCalm: Delivery[] = []
  let isCalm = false
  const witness = createWitness()
  const hooks = createWorlds('1').map((world): Hook => {
    return { source: world.provider.name, world, url: 'http://127.0.0.1', secret: '' }
  })
  const mortal = (name: string): Mortal => ({
    crashes: 0,
    kill: async () => killed.push(name) > 0,
    pause: () => Promise.resolve(true),
    stop: () => Promise.resolve(),
  })
  const send = async (delivery: Delivery): Promise<void> => {
    const { hook, change, manner } = delivery
    await delay(4)
    const isGenuine = isProviders(manner)
    if (!isGenuine && isCalm) forgedInCalm.push(delivery)
    const answer = isGenuine ? { status: 200 } : { status: 401, code: EXPECTED[manner] }
    const sent = { source: hook.source, eventId: change.eventId, manner, duplicate: undefined, ms: 4, willRetry: false }
    witness.record({ ...sent, ...answer })
  }
  const parts = new Map(PARTS.map((name) => [name, mortal(name)]))
  const drain = async (): Promise<void> => void (isCalm = true)
  const sender = { send, drain, stop: () => undefined }
  const stage = { hooks, witness, parts, links: new Map(), sender, random: createRandom('1') } as unknown as ProveStage
  return { stage, killed, forgedInCalm }
}
