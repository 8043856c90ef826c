import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRouteHealth } from '../../src/dispatcher/route-health.ts'
import type { ClosedRun } from '../../src/storage/runs.ts'

const run = (code?: string, priority = 0): ClosedRun => ({
  ...{ key: '00000000-0000-0000-0000-000000000000', handler: 'pay', attempt: 1, priority },
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

test('outages, people, lost runs and refused credentials speak against no route', () => {
  for (const code of [
    ...['outage_outlasted', 'run_terminated', 'run_cancelled', 'run_lost', 'undispatchable', 'handler_gone'],
    ...['provider_refused_401', 'provider_refused_403'],
  ]) {
    assert.equal(noteAll(times(40, run(code))), undefined, code)
  }
})

test('what one provider refuses does not pause the mirror of all; what pauses another handler is its own request', () => {
  for (const code of ['provider_refused_404', 'provider_refused_422']) {
    assert.equal(noteAll(times(40, { ...run(code), handler: 'mirror' })), undefined, code)
    assert.notEqual(noteAll(times(40, run(code))), undefined, code)
  }
  assert.notEqual(noteAll(times(40, { ...run('typo'), handler: 'mirror' })), undefined)
})

test('replays and backfills are watched by whoever started them, whatever the number of the attempt', () => {
  for (const priority of [1, 2]) assert.equal(noteAll(times(40, run('typo', priority))), undefined)
  assert.notEqual(noteAll(times(20, { ...run('typo'), attempt: 2 })), undefined)
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
