import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRouteHealth } from '../../src/dispatcher/route-health.ts'
import type { ClosedRun } from '../../src/storage/runs.ts'

const run = (code?: string, attempt = 1): ClosedRun => ({
  ...{ key: '00000000-0000-0000-0000-000000000000', handler: 'pay', attempt },
  outcome: code === undefined ? { state: 'processed' } : { state: 'dead', code, message: '' },
})

/** Notes the runs one after the other; the last sentence that came of it. */
function noteAll(runs: ClosedRun[], deadPercent = 50): string | undefined {
  const health = createRouteHealth(deadPercent)
  return runs.map((one) => health.note(one)).findLast((reason) => reason !== undefined)
}

const times = (count: number, one: ClosedRun): ClosedRun[] => Array<ClosedRun>(count).fill(one)

test('a route whose runs mostly end dead has failed, once there are twenty of them', () => {
  assert.equal(noteAll(times(19, run('typo'))), undefined)
  assert.equal(noteAll(times(20, run('typo'))), '20 of the last 20 runs ended dead')
})

test('half of them dead is not more than half', () => {
  assert.equal(noteAll([...times(10, run()), ...times(10, run('typo'))]), undefined)
  assert.equal(noteAll([...times(10, run()), ...times(11, run('typo'))]), '11 of the last 21 runs ended dead')
})

test('outages, people and lost runs speak against no route, and replays are watched by whoever started them', () => {
  for (const code of [
    ...['outage_outlasted', 'run_terminated', 'run_cancelled', 'run_lost', 'undispatchable', 'handler_gone'],
  ]) {
    assert.equal(noteAll(times(40, run(code))), undefined, code)
  }
  assert.equal(noteAll(times(40, run('typo', 2))), undefined)
})

test('what is older than five minutes is forgotten', () => {
  let now = 0
  const health = createRouteHealth(50, () => now)
  for (const one of times(19, run('typo'))) health.note(one)
  now = 301_000
  assert.equal(health.note(run('typo')), undefined)
})

test('a limit of 100 percent never pauses', () => {
  assert.equal(noteAll(times(100, run('typo')), 100), undefined)
})

test('after a pause counting begins anew', () => {
  const health = createRouteHealth(50)
  for (const one of times(20, run('typo'))) health.note(one)
  assert.equal(health.note(run('typo')), undefined)
})
