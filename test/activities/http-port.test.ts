import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ApplicationFailure } from '@temporalio/common'
import { type HttpPort, httpPort } from '../../activities/outside/http-port.ts'
import { type Outside, startOutside } from '../workflows/outside.ts'

let outside: Outside
let crm: HttpPort

before(async () => {
  outside = await startOutside()
  const port = httpPort('crm', outside.url)
  assert.ok(port)
  crm = port
})
after(() => outside.close())

/** What the activity throws when the system answers so. */
async function thrownFor(status: number, headers: Record<string, string> = {}): Promise<unknown[]> {
  outside.on('POST /calls', { status, headers })
  try {
    await crm({ method: 'POST', path: '/calls' })
  } catch (error) {
    assert.ok(error instanceof ApplicationFailure)
    return [error.type, error.nonRetryable, error.nextRetryDelay ?? undefined]
  }
  return []
}

test('a system that is out, busy or limits us is asked again after a while', async () => {
  for (const status of [408, 425, 429, 500, 503]) {
    assert.deepEqual(await thrownFor(status), ['crm_out', false, 5_000], String(status))
  }
})

test('a system that says when to come back is asked again then', async () => {
  for (const status of [403, 425, 429, 503]) {
    assert.deepEqual(await thrownFor(status, { 'retry-after': '17' }), ['crm_out', false, 17_000], String(status))
  }
})

test('a refusal is for good', async () => {
  for (const status of [400, 401, 403, 404, 422]) {
    assert.deepEqual(await thrownFor(status), ['crm_refused', true, undefined], String(status))
  }
  assert.deepEqual(await thrownFor(409), ['crm_conflict', true, undefined])
})
