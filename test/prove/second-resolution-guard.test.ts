import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runProve } from './prove-run.ts'

test('versions of a second are found out: the mirror is not the truth', async (t) => {
  const { code, figures, told } = await runProve(t, ['--events', '120', '--seed', '1'], {
    bug: 'second-resolution-guard',
  })
  assert.equal(code, 1, told)
  assert.ok(figures.diverged > 0, told)
})
