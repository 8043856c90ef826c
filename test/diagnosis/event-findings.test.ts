import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventFindings } from '../../src/diagnosis/event-findings.ts'
import { providers } from '../support/providers.ts'

test('an event of a type that is the name of what every object has is found right, without a schema', () => {
  for (const type of ['constructor', 'toString', '__proto__']) {
    const body = Buffer.from(JSON.stringify({ id: 'evt_1', type }))
    assert.deepEqual(eventFindings(providers['team-connect'], { method: 'POST', url: '', headers: {}, body }), [
      { check: 'event', result: 'right', detail: `${type}, ID evt_1.` },
    ])
  }
})
