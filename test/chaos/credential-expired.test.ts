import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { replayEvent } from '../../src/storage/replay.ts'
import { eventually } from '../support/eventually.ts'
import { type Stage, setStage } from './stage.ts'

let stage: Stage
const PATIENCE = { timeoutMs: 90_000 }

before(async () => {
  stage = await setStage()
  await stage.serve()
  await stage.work()
})
after(() => stage.close())

const entities = async () =>
  (
    await stage.pool.query<{ entity_id: string; deleted: boolean }>(
      'select entity_id, deleted_at is not null as deleted from posthorn.entities order by entity_id',
    )
  ).rows

const replayMirror = (callId: string) =>
  replayEvent(stage.pool, { source: 'team-connect', eventId: `evt_${callId}`, handler: 'mirror' })

test('a credential that answers 404 to everything makes no tombstone, and with a new one the mirror is right again', async () => {
  await stage.send('call_a')
  await stage.send('call_b')
  await stage.assertProcessedOnce(['call_a', 'call_b'])
  const known = [
    { entity_id: 'call_a', deleted: false },
    { entity_id: 'call_b', deleted: false },
  ]
  assert.deepEqual(await entities(), known)

  stage.api.deny(true)
  for (const callId of ['call_a', 'call_b']) assert.ok((await replayMirror(callId)).replayed)
  await stage.send('call_c')
  await eventually(async () => {
    const { rows } = await stage.pool.query(
      `select event_id from posthorn.dead_letters join posthorn.events using (key) where handler = 'mirror' order by 1`,
    )
    assert.deepEqual(rows, [{ event_id: 'evt_call_a' }, { event_id: 'evt_call_b' }, { event_id: 'evt_call_c' }])
  }, PATIENCE)
  assert.deepEqual(await entities(), known)

  stage.api.deny(false)
  for (const callId of ['call_a', 'call_b', 'call_c']) {
    await eventually(async () => assert.ok((await replayMirror(callId)).replayed), PATIENCE)
  }
  await eventually(async () => {
    assert.deepEqual(await entities(), [...known, { entity_id: 'call_c', deleted: false }])
    const { rowCount } = await stage.pool.query(`select 1 from posthorn.dead_letters where handler = 'mirror'`)
    assert.equal(rowCount, 0)
  }, PATIENCE)
})
