import assert from 'node:assert/strict'
import { test } from 'node:test'
import { workflowPollers } from '../../src/temporal/event-worker.ts'

test('pollers for new runs and for cached ones, as many as there may ever be, leave half of the slots for work', () => {
  for (let slots = 8; slots <= 1_000; slots += 1) {
    const { minimum, initial, maximum } = workflowPollers(slots)
    assert.ok(minimum <= initial && initial <= maximum, `${slots}: ${minimum}, ${initial}, ${maximum}`)
    assert.ok(2 * maximum <= slots / 2, `${slots}: ${maximum} of each kind`)
  }
})

test('the smallest worker still polls for both kinds', () => {
  assert.deepEqual(workflowPollers(2), { type: 'autoscaling', minimum: 2, initial: 2, maximum: 2 })
})
