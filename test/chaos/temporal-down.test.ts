import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { type Stage, setStage } from './stage.ts'

let stage: Stage

before(async () => {
  stage = await setStage()
  await stage.serve()
  await stage.work()
})
after(() => stage.close())

const MINUTE = 60_000

test('while Temporal is away for a minute the acknowledgements go on, and afterwards the backlog drains', async () => {
  const sent: string[] = []
  stage.temporalProxy.refuse()
  for (const deadline = Date.now() + MINUTE; Date.now() < deadline; await delay(500)) {
    const callId = `call_${sent.length}`
    assert.deepEqual(await stage.send(callId), { status: 200, body: { received: true } })
    sent.push(callId)
  }
  stage.temporalProxy.accept()
  await stage.assertProcessedOnce(sent)
})
