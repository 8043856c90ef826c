import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBulkheads } from '../../src/dispatcher/bulkheads.ts'

test('no source holds more than half of what may be in flight while there is another', () => {
  const bulkheads = createBulkheads(['busy', 'quiet'], 10)
  for (let n = 0; n < 5; n += 1) bulkheads.enter('busy')
  assert.deepEqual(bulkheads.rooms(5), [['quiet', 5]])
  bulkheads.leave('busy')
  assert.deepEqual(
    new Map(bulkheads.rooms(6)),
    new Map([
      ['busy', 1],
      ['quiet', 5],
    ]),
  )
})

test('sources are served in turn, and an only source may hold everything', () => {
  const bulkheads = createBulkheads(['a', 'b', 'c'], 9)
  const firsts = [1, 2, 3].map(() => bulkheads.rooms(9)[0]?.[0])
  assert.deepEqual(new Set(firsts), new Set(['a', 'b', 'c']))
  assert.deepEqual(createBulkheads(['only'], 9).rooms(9), [['only', 9]])
})
