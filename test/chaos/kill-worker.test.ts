import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { eventually } from '../support/eventually.ts'
import type { PosthornProcess } from './posthorn-process.ts'
import { type Stage, setStage } from './stage.ts'

let stage: Stage
let worker: PosthornProcess
const calls: string[] = []

before(async () => {
  stage = await setStage()
  await stage.serve()
})
after(() => stage.close())
afterEach(async () => {
  stage.temporalProxy.thaw()
  stage.api.release()
  await worker.kill()
})

async function accept(callId: string): Promise<void> {
  assert.deepEqual(await stage.send(callId), { status: 200, body: { received: true } })
  calls.push(callId)
}

async function restartAndVerify(): Promise<void> {
  await worker.kill()
  stage.temporalProxy.thaw()
  stage.api.release()
  worker = await stage.work()
  await stage.assertProcessedOnce(calls)
}

const statusInTemporal = async (callId: string): Promise<string> => {
  const workflowId = `event/team-connect/evt_${callId}/teamConnectCallEnded`
  return (await stage.temporal.client.workflow.getHandle(workflowId).describe()).status.name
}

test('killed between claim and start: the lease ends and the event is started once', async () => {
  worker = await stage.work()
  stage.temporalProxy.freeze()
  await accept('call_claimed')
  await eventually(async () => {
    const { rows } = await stage.pool.query('select claims from posthorn.queue where claims > 0')
    assert.equal(rows.length, 1)
  })
  await restartAndVerify()
})

test('killed between start and its record: the second start finds the first', async () => {
  worker = await stage.work()
  const release = await stage.lock('posthorn.open_runs')
  await accept('call_started')
  await eventually(() => statusInTemporal('call_started'), { timeoutMs: 30_000 })
  await stage.untilBlocked('insert into posthorn.open_runs')
  await worker.kill()
  await release()
  await restartAndVerify()
})

test('killed in the middle of an activity: the activity runs again elsewhere', async () => {
  worker = await stage.work()
  stage.api.hold()
  await accept('call_reading')
  await eventually(() => stage.api.waiting > 0, { timeoutMs: 30_000 })
  await restartAndVerify()
})

test('killed between the effect and the record of the outcome: one effect, one outcome', async () => {
  worker = await stage.work()
  const release = await stage.lock('posthorn.runs')
  await accept('call_effected')
  await eventually(
    async () => {
      const { rows } = await stage.pool.query(`select 1 from call_records where call_id = 'call_effected'`)
      assert.equal(rows.length, 1)
    },
    { timeoutMs: 30_000 },
  )
  await stage.untilBlocked('insert into posthorn.runs')
  await worker.kill()
  await release()
  await restartAndVerify()
})

test('killed between the record of the outcome and its word to Temporal: the outcome is recorded once', async () => {
  worker = await stage.work()
  const release = await stage.lock('posthorn.runs')
  await accept('call_recorded')
  await stage.untilBlocked('insert into posthorn.runs')
  await eventually(
    async () => {
      const { rows } = await stage.pool.query(`select 1 from call_records where call_id = 'call_recorded'`)
      assert.equal(rows.length, 1)
    },
    { timeoutMs: 30_000 },
  )
  stage.temporalProxy.freeze()
  await release()
  await eventually(async () => assert.equal(await stage.stateOf('call_recorded'), 'processed'), { timeoutMs: 30_000 })
  assert.equal(await statusInTemporal('call_recorded'), 'RUNNING')
  await restartAndVerify()
  await eventually(async () => assert.equal(await statusInTemporal('call_recorded'), 'COMPLETED'), {
    timeoutMs: 60_000,
  })
  await stage.assertProcessedOnce(calls)
})

test('SIGTERM in the middle of a load loses nothing and doubles nothing', async () => {
  worker = await stage.work()
  const sent = Array.from({ length: 60 }, (_, n) => `call_term_${n}`)
  await Promise.all(sent.map(accept))
  await eventually(async () => assert.equal(await stage.stateOf('call_term_5'), 'processed'), { timeoutMs: 30_000 })
  assert.equal(await worker.terminate(), 0, worker.output())
  worker = await stage.work()
  await stage.assertProcessedOnce(calls)
})
