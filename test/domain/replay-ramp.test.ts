import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MAX_REPLAYS_IN_FLIGHT, nextStage, replayQuota, stageSize } from '../../src/domain/replay-ramp.ts'

const ramp = { canary: 10, rate: 20, stopAbove: 0.05 }
const rested = { allowance: 0, elapsedSeconds: 60, inFlight: 0, closed: 0, failed: 0, besideLive: false }

test('a stage is twice as large as the one before, up to what is needed to judge by', () => {
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5, 40].map((stage) => stageSize(ramp, stage)),
    [10, 20, 40, 80, 160, 200, 200],
  )
  const large = { ...ramp, canary: 300 }
  assert.deepEqual([stageSize(large, 0), stageSize(large, 1)], [300, 300], 'a canary is as large as was asked for')
})

test('a stage stops as soon as it can no longer end well, and leads on when enough of it has closed', () => {
  const after = (stage: number, closed: number, failed: number) => nextStage(ramp, { stage, closed, failed })
  assert.equal(after(0, 3, 1), 'stop', 'one of ten is more than 5 %')
  assert.deepEqual(after(0, 9, 0), { stage: 0, closed: 9, failed: 0 })
  assert.deepEqual(after(0, 10, 0), { stage: 1, closed: 0, failed: 0 })
  assert.deepEqual(after(3, 50, 4), { stage: 3, closed: 50, failed: 4 }, 'four of eighty are not')
  assert.equal(after(3, 50, 5), 'stop')
  const patient = { ...ramp, stopAbove: 1 }
  assert.deepEqual(nextStage(patient, { stage: 0, closed: 10, failed: 10 }), { stage: 1, closed: 0, failed: 0 })
})

test('nothing follows the canary before all of it has closed', () => {
  assert.equal(replayQuota(ramp, { ...rested, stage: 0, closed: 8, inFlight: 2 }).quota, 0)
  assert.equal(replayQuota(ramp, { ...rested, stage: 0, closed: 8, inFlight: 1 }).quota, 1)
})

test('both the rate and the runs in flight double with each stage, up to full speed', () => {
  const quotas = [0, 1, 2, 3, 4].map((stage) => replayQuota(ramp, { ...rested, stage }).quota)
  assert.deepEqual(quotas, [2, 5, 10, 20, 20], 'of the rate')
  const fast = { ...ramp, rate: 1_000 }
  const rooms = [0, 1, 2, 3, 4].map((stage) => replayQuota(fast, { ...rested, stage }).quota)
  assert.deepEqual(rooms, [3, 5, 10, 20, 20], 'in flight')
  assert.equal(rooms[3], MAX_REPLAYS_IN_FLIGHT)
})

test('runs are queued as fast as others close', () => {
  const full = { ...rested, stage: 3, inFlight: MAX_REPLAYS_IN_FLIGHT }
  assert.equal(replayQuota(ramp, full).quota, 0)
  assert.equal(replayQuota(ramp, { ...full, inFlight: MAX_REPLAYS_IN_FLIGHT - 7 }).quota, 7)
})

test('the rate holds however often a replay is advanced, and a pause does not end in a burst', () => {
  let [allowance, queued] = [0, 0]
  for (let step = 0; step < 100; step += 1) {
    const load = { ...rested, stage: 3, allowance, elapsedSeconds: 0.1 }
    const permitted = replayQuota(ramp, load)
    queued += permitted.quota
    allowance = permitted.allowance - permitted.quota
  }
  assert.ok(Math.abs(queued - 200) <= 1, `${queued} in ten seconds at twenty a second`)
  assert.equal(replayQuota(ramp, { ...rested, stage: 3, elapsedSeconds: 3600 }).quota, 20)
})

test('the canary is never slower than one a second', () => {
  const gentle = { canary: 1, rate: 1, stopAbove: 0.05 }
  assert.equal(replayQuota(gentle, { ...rested, stage: 0, elapsedSeconds: 1 }).quota, 1)
})

test('beside live events the rate is a tenth, at once, and what was saved up before is not spent among them', () => {
  const quota = (stage: number, allowance: number) =>
    replayQuota(ramp, { ...rested, stage, allowance, elapsedSeconds: 0.2, besideLive: true })
  assert.deepEqual(quota(3, 20), { quota: 2, allowance: 2 })
  assert.equal(replayQuota(ramp, { ...rested, stage: 3, besideLive: true }).quota, 2)
  assert.equal(replayQuota(ramp, { ...rested, stage: 0, besideLive: true }).quota, 1, 'one a second at least')
})
