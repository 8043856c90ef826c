import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Victims } from '../../src/main/prove/disturb.ts'
import type { Mortal } from '../../src/main/prove/mortal.ts'
import { createWrecker } from '../../src/main/prove/wrecker.ts'
import type { Fault } from '../../src/prove/fault-plan.ts'

const plan: Fault[] = [
  { kind: 'kill', part: 'worker', at: 1, ms: 0 },
  { kind: 'stop', part: 'worker', at: 1, ms: 0 },
  { kind: 'delay', link: 'worker-api', at: 1, ms: 0 },
]

const victims = (mortal: Pick<Mortal, 'kill' | 'pause'>): Victims => ({
  parts: new Map([['worker', { crashes: 0, stop: () => Promise.resolve(), ...mortal }]]),
  links: new Map(),
})

test('only what happened is counted as a fault; what could not be done is counted apart, and breaks nothing off', async () => {
  const wrecker = createWrecker(victims({ kill: async () => true, pause: async () => false }), plan.values())
  wrecker.strike(1)
  await wrecker.calm()
  assert.deepEqual(wrecker.done, { kill: 1 })
  // The stop, and the link that is not there.
  assert.equal(wrecker.skipped, 2)
})

test('a part that cannot be started again breaks the proof off', async () => {
  const kill = () => Promise.reject(new Error('Temporal did not start'))
  const wrecker = createWrecker(victims({ kill, pause: async () => true }), plan.values())
  wrecker.strike(1)
  await assert.rejects(wrecker.calm(), /did not start/)
  assert.equal(wrecker.done.kill, undefined)
})
