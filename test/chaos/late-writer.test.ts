import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { replayEvent } from '../../src/storage/replay.ts'
import { eventually } from '../support/eventually.ts'
import { type Stage, setStage } from './stage.ts'

let stage: Stage

before(async () => {
  stage = await setStage()
  await stage.serve()
})
after(() => stage.close())

const PATIENCE = { timeoutMs: 60_000 }

test('a stopped run that wakes after its replay has finished changes nothing', async () => {
  const stopped = await stage.work()
  const release = await stage.lock('call_records')
  await stage.send('call_late')
  await stage.untilBlocked('insert into call_records')
  // The effect of attempt 1 is under way; its worker hears of nothing any more.
  stopped.freeze()
  await release()
  const workflowId = 'event/team-connect/evt_call_late/teamConnectCallEnded'
  await stage.temporal.client.workflow.getHandle(workflowId).terminate('given up by hand')
  const replacement = await stage.work()
  await eventually(async () => assert.equal(await stage.stateOf('call_late'), 'dead'), PATIENCE)
  const replayed = await replayEvent(stage.pool, { source: 'team-connect', eventId: 'evt_call_late' })
  assert.deepEqual(replayed, { replayed: true, handler: 'teamConnectCallEnded', attempt: 2 })
  await stage.assertProcessedOnce(['call_late'], 2)

  stopped.thaw()
  // Whatever the woken worker still had in hand is through once it has processed another event, all by itself.
  await replacement.kill()
  await stage.send('call_next')
  await stage.assertProcessedOnce(['call_late', 'call_next'], 2)
  const { rows } = await stage.pool.query(
    `select r.attempt, r.state, r.error_code from posthorn.runs r join posthorn.events using (key)
     where handler = 'teamConnectCallEnded' and event_id = 'evt_call_late' order by attempt`,
  )
  assert.deepEqual(rows, [
    { attempt: 1, state: 'dead', error_code: 'run_terminated' },
    { attempt: 2, state: 'processed', error_code: null },
  ])
})
