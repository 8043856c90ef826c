import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runProve } from './prove-run.ts'

test('runs that Temporal may start twice are found out: they are run twice', async (t) => {
  const { code, figures, told } = await runProve(t, ['--events', '120', '--seed', '1'], { bug: 'default-reuse-policy' })
  assert.equal(code, 1, told)
  assert.ok(figures.doubled > 0, told)
})
