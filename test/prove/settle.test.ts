import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settle } from '../../src/main/prove/settle.ts'
import type { Hook } from '../../src/simulator/delivery.ts'
import { createWorlds } from '../../src/simulator/simulator.ts'
import type { Pool } from '../../src/storage/pool.ts'

const hooks = createWorlds('1').map((world): Hook => {
  return { source: world.provider.name, world, url: 'http://127.0.0.1', secret: '' }
})

/** By the clock of the database, which is an hour slow. */
const NOW = Date.now() - 3_600_000
const soon = new Date(NOW + 60_000)
const before = new Date(NOW - 1_000)
const read = { github: soon, stripe: soon, 'team-connect': soon }

/** A database that says up to where these lists were read. */
const poolOf = (upTo: () => Record<string, Date>): Pool => {
  const listed = () => Object.entries(upTo()).map(([source, to]) => ({ source, to }))
  const query = (text: string) =>
    Promise.resolve({ rows: text === 'select now()' ? [{ now: new Date(NOW) }] : listed() })
  return { query } as unknown as Pool
}

const backlog = { unfinished: 0, isStuck: false }
const say = () => undefined

test('a list that nobody reads after the last event is told of', async () => {
  assert.deepEqual(await settle({ hooks, pool: poolOf(() => read) }, backlog, { say }), [])
  const stale = poolOf(() => ({ ...read, stripe: before }))
  assert.deepEqual(await settle({ hooks, pool: stale }, backlog, { say, listedWithinMs: 600 }), ['stripe'])
})

test('lists have their time once every run is closed, and are not waited for where nothing moves', async () => {
  const startedAt = Date.now()
  const since = (ms: number) => Date.now() - startedAt > ms
  const busy = {
    get unfinished() {
      return since(1_200) ? 0 : 1
    },
    isStuck: false,
  }
  const late = poolOf(() => ({ ...read, stripe: since(1_900) ? soon : before }))
  assert.deepEqual(await settle({ hooks, pool: late }, busy, { say, listedWithinMs: 1_200 }), [])
  const stuck = { unfinished: 1, isStuck: true }
  const never = poolOf(() => ({ ...read, stripe: before }))
  assert.deepEqual(await settle({ hooks, pool: never }, stuck, { say }), ['stripe'])
})
