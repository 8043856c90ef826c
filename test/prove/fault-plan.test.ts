import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Fault, type FaultPlanOptions, LINKS, PARTS, faultPlan } from '../../src/prove/fault-plan.ts'
import { createRandom } from '../../src/simulator/random.ts'

const plan = (seed: string, options: Partial<FaultPlanOptions> = {}): Generator<Fault> =>
  faultPlan({ events: 2_000, parts: PARTS, links: LINKS, random: createRandom(seed), ...options })

const killsOf = (faults: readonly Fault[]) => faults.filter(({ kind }) => kind === 'kill')

test('the same seed plans the same faults, and another seed others', () => {
  assert.deepEqual([...plan('1')], [...plan('1')])
  assert.notDeepEqual([...plan('1')], [...plan('2')])
})

test('a long run has a round for each 2,000 events, and twenty at most', () => {
  const kills = (events: number) =>
    [...faultPlan({ events, parts: PARTS, links: LINKS, random: createRandom('1') })].filter(
      ({ kind }) => kind === 'kill',
    )
  assert.equal(kills(10_000).length, 5 * 4)
  assert.equal(kills(100_000).length, 20 * 4)
  assert.ok(kills(100_000).every(({ at }) => at < 100_000))
})

test('2,000 events go through more than ten kills, and every part is among them', () => {
  for (const seed of ['1', '2', '3']) {
    const kills = killsOf([...plan(seed)])
    assert.ok(kills.length >= 10)
    assert.deepEqual(new Set(kills.map((fault) => 'part' in fault && fault.part)), new Set(PARTS))
  }
})

test('a short run kills every part once', () => {
  const parts = killsOf([...plan('1', { events: 60 })]).map((fault) => 'part' in fault && fault.part)
  assert.deepEqual(parts.toSorted(), PARTS.toSorted())
})

test('faults come in the order of their time, all of them while events happen', () => {
  const times = [...plan('1')].map(({ at }) => at)
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  )
  assert.ok(times.every((at) => at >= 0 && at < 2_000))
})

test('where only our own processes may be killed, nothing else is touched', () => {
  const faults = [...plan('1', { parts: ['receiver', 'worker'], links: [] })]
  assert.ok(killsOf(faults).length >= 10)
  assert.ok(faults.every((fault) => 'part' in fault && ['receiver', 'worker'].includes(fault.part)))
})

test('a run that only time ends has faults for as long as it lasts', () => {
  const endless = plan('1', { events: Infinity })
  const faults = Array.from({ length: 100 }, () => endless.next().value as Fault)
  assert.ok((faults.at(-1)?.at ?? 0) > 20_000)
})

test('where time may end the run, every part is killed within the first hundred events', () => {
  for (const events of [500, 100_000, Infinity]) {
    const timed = plan('1', { events, isTimed: true })
    const first = Array.from({ length: 9 }, () => timed.next().value as Fault)
    assert.ok(first.every(({ at }) => at < 100))
    assert.deepEqual(new Set(killsOf(first).map((fault) => 'part' in fault && fault.part)), new Set(PARTS))
  }
})

test('the time that a run may take does not make its rounds shorter for ever', () => {
  const timed = [...plan('1', { events: 100_000, isTimed: true })]
  const late = killsOf(timed).filter(({ at }) => at >= 50_000)
  assert.ok(late.length <= 4 * 10 + 4, `${late.length} kills in the second half`)
})
