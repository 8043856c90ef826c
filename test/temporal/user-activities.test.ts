import assert from 'node:assert/strict'
import { test } from 'node:test'
import { activity } from 'posthorn/activity'
import { readActivities } from '../../src/temporal/user-activities.ts'

const touch = activity('local', () => async () => undefined)

test('activities are known by the names of their exports', () => {
  assert.deepEqual(readActivities({ touch }).policies, { touch: 'local' })
})

test('a default export names no activity: the engine keeps that name for those that it does not know', () => {
  assert.throws(() => readActivities({ default: touch }), /default export/)
})

test('names of the engine are refused, and so is what is no activity', () => {
  assert.throws(() => readActivities({ posthornTouch: touch }), /posthornTouch is a name of the engine/)
  assert.throws(() => readActivities({ touch: () => undefined }), /activity\(…\) did not make/)
})
