import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runProve } from './prove-run.ts'

test('an acknowledgement before the commit is found out: events are lost', async (t) => {
  const { code, figures, told } = await runProve(t, ['--events', '120', '--seed', '1'], { bug: 'ack-before-commit' })
  assert.equal(code, 1, told)
  assert.ok(figures.lost > 0, told)
})
