import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ApplicationFailure } from '@temporalio/common'
import { type HttpPort, httpPort } from '../../activities/outside/http-port.ts'
import { tookNoPlace } from '../../activities/outside/took-no-place.ts'
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

/** The failure of the activity when the system answers so. */
async function failureFor(status: number, headers: Record<string, string> = {}): Promise<ApplicationFailure> {
  outside.on('POST /calls', { status, headers })
  const error: unknown = await crm({ method: 'POST', path: '/calls' }).catch((thrown: unknown) => thrown)
  assert.ok(error instanceof ApplicationFailure)
  return error
}

async function thrownFor(...answer: Parameters<typeof failureFor>): Promise<unknown[]> {
  const { type, nonRetryable, nextRetryDelay } = await failureFor(...answer)
  return [type, nonRetryable, nextRetryDelay ?? undefined]
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

test('a call that was limited or refused took no place, however long it is to wait; of a conflict or an outage nobody knows', async () => {
  const tomorrow = { 'retry-after': '86400' }
  const said = async (status: number, headers = {}) => tookNoPlace(await failureFor(status, headers))
  for (const status of [400, 401, 403, 404, 422, 425, 429]) assert.ok(await said(status), String(status))
  for (const status of [403, 425, 429]) assert.ok(await said(status, tomorrow), `${status}, tomorrow`)
  for (const status of [408, 409, 500, 503]) assert.ok(!(await said(status, tomorrow)), String(status))
})
