import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Delivery } from '../../src/simulator/delivery.ts'
import { createRandom } from '../../src/simulator/random.ts'
import { createWorlds } from '../../src/simulator/simulator.ts'
import { traffic } from '../../src/simulator/traffic.ts'

const EVENTS = 300
const START = Date.parse('2026-05-04T10:00:00Z')

function deliveries(seed: string): Delivery[] {
  let ticks = 0
  const clock = () => new Date(START + ticks++ * 50)
  const hooks = createWorlds(seed).map((world) => ({ source: world.provider.name, world, url: '', secret: '' }))
  return [...traffic({ hooks, events: EVENTS, random: createRandom(seed), clock })]
}

const all = deliveries('traffic')
const inManner = (manner: Delivery['manner']) => all.filter((delivery) => delivery.manner === manner)

test('every change is delivered genuinely once', () => {
  const ids = inManner('genuine').map(({ change }) => change.eventId)
  assert.equal(ids.length, EVENTS)
  assert.equal(new Set(ids).size, EVENTS)
})

test('webhooks overtake each other', () => {
  const times = inManner('genuine').map(({ change }) => change.occurredAt.getTime())
  const overtaken = times.filter((time, index) => times.slice(0, index).some((earlier) => earlier > time + 50))
  assert.ok(overtaken.length > EVENTS / 20)
})

test('a repetition comes with or after the first delivery, and some come as a volley', () => {
  const repeated = inManner('repeated')
  assert.ok(repeated.length > EVENTS / 20)
  for (const { change } of repeated) {
    const first = all.findIndex((delivery) => delivery.change === change && delivery.manner === 'genuine')
    const again = all.findIndex((delivery) => delivery.change === change && delivery.manner === 'repeated')
    assert.ok(first < again)
  }
  const times = repeated.map(({ change }) => repeated.filter((delivery) => delivery.change === change).length)
  assert.equal(Math.max(...times), 4)
})

test('a forgery of an event comes before the event itself', () => {
  const forged = inManner('forged')
  assert.ok(forged.length > 5)
  for (const { change } of forged) {
    const forgery = all.findIndex((delivery) => delivery.change === change && delivery.manner === 'forged')
    const genuine = all.findIndex((delivery) => delivery.change === change && delivery.manner === 'genuine')
    assert.ok(forgery < genuine)
  }
})

test('every kind of attack is tried, and stale ones only where the provider signs a time', () => {
  assert.equal(inManner('oversize').length, 1)
  assert.ok(inManner('tampered').length > 3)
  assert.ok(inManner('stale').length > 3)
  assert.ok(inManner('stale').every(({ hook }) => hook.world.signsTime))
})

test('the same seed makes the same traffic', () => {
  const told = (seed: string) => deliveries(seed).map(({ change, manner }) => `${manner} ${change.eventId}`)
  assert.deepEqual(told('traffic'), told('traffic'))
  assert.notDeepEqual(told('traffic'), told('another'))
})
