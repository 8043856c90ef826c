import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { eventually } from '../support/eventually.ts'
import { type Stage, setStage } from './stage.ts'

let stage: Stage
before(async () => {
  stage = await setStage()
})
after(() => stage.close())

const PATIENCE = { timeoutMs: 90_000, intervalMs: 50 }

const breakerState = async (): Promise<string | undefined> =>
  (await stage.pool.query<{ state: string }>('select state from posthorn.breakers')).rows[0]?.state

test('a worker that is killed while it probes does not leave the API shut: another probes after the deadline', async () => {
  await stage.pool.query(
    `insert into posthorn.breakers (source, state, opened_at, probe_at)
     values ('team-connect', 'open', now() - interval '1 minute', now() - interval '1 minute')`,
  )
  await stage.serve()
  stage.api.hold()
  const worker = await stage.work()
  const calls = ['call_first', 'call_second', 'call_third']
  for (const callId of calls) assert.equal((await stage.send(callId)).status, 200)
  await eventually(() => stage.api.waiting > 0, PATIENCE)
  assert.equal(await breakerState(), 'half_open')
  assert.equal(stage.api.waiting, 1, 'one probe and no more')
  await worker.kill()
  stage.api.release()
  assert.equal(await breakerState(), 'half_open')
  await stage.work()
  await stage.assertProcessedOnce(calls)
  assert.equal(await breakerState(), 'closed')
})
