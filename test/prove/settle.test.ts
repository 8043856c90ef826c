import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settle } from '../../src/main/prove/settle.ts'
import type { Hook } from '../../src/simulator/delivery.ts'
import { createWorlds } from '../../src/simulator/simulator.ts'
import type { Pool } from '../../src/storage/pool.ts'

const hooks = createWorlds('1').map((world): Hook => {
  return { source: world.provider.name, world, url: 'http://127.0.0.1', secret: '' }
})

/** A database that says up to where these lists were read. */
const poolOf = (upTo: Record<string, Date>): Pool => {
  const rows = Object.entries(upTo).map(([source, to]) => ({ source, to }))
  return { query: () => Promise.resolve({ rows }) } as unknown as Pool
}

const backlog = { unfinished: 0, isStuck: false }
const say = () => undefined

test('a list that nobody reads after the last event is told of', async () => {
  const soon = new Date(Date.now() + 60_000)
  const before = new Date(Date.now() - 1_000)
  const read = { github: soon, stripe: soon, 'team-connect': soon }
  assert.deepEqual(await settle({ hooks, pool: poolOf(read) }, backlog, { say }), [])
  const stale = poolOf({ ...read, stripe: before })
  assert.deepEqual(await settle({ hooks, pool: stale }, backlog, { say, listedWithinMs: 600 }), ['stripe'])
})
