import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runProve } from './prove-run.ts'

test('what is killed again and again loses nothing, doubles nothing and lets nothing in', async (t) => {
  const { code, figures, told } = await runProve(t, ['--events', '150', '--seed', '1'])
  const { detail, ...plain } = figures
  const { acknowledged, forged, recovered, kills, max_lag_ms, ...wrongs } = plain
  assert.deepEqual(wrongs, { sent: 150, forged_accepted: 0, lost: 0, doubled: 0, diverged: 0 }, told)
  assert.deepEqual(detail.findings, [])
  assert.equal(code, 0)
  assert.ok(kills >= 4)
  assert.ok(forged > 0)
  assert.ok(max_lag_ms > 0)
  assert.ok(recovered > 0, 'no webhook was lost, so none had to be recovered')
  assert.ok(acknowledged > 50 && acknowledged + recovered <= 150)
})
