import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { eventually } from '../support/eventually.ts'
import type { PosthornProcess } from './posthorn-process.ts'
import { type Stage, setStage } from './stage.ts'

let stage: Stage
let receiver: PosthornProcess

before(async () => {
  stage = await setStage()
  await stage.work()
})
after(() => stage.close())
beforeEach(async () => {
  receiver = await stage.serve()
})
afterEach(() => receiver.kill())

let calls: string[] = []

test('a receiver killed before the commit has acknowledged nothing, and the sender’s next try is processed once', async () => {
  const release = await stage.lock('posthorn.events')
  const answer = stage.send('call_a')
  answer.catch(() => undefined)
  await stage.untilBlocked('insert into posthorn.events')
  await receiver.kill()
  await assert.rejects(answer)
  await release()
  receiver = await stage.serve()
  assert.equal((await stage.send('call_a')).status, 200)
  calls = ['call_a']
  await stage.assertProcessedOnce(calls)
})

test('a receiver killed between commit and answer has lost nothing, and the sender’s next try is a duplicate', async () => {
  stage.hookProxy.holdAnswers()
  const answer = stage.send('call_b')
  answer.catch(() => undefined)
  await eventually(async () => assert.notEqual(await stage.stateOf('call_b'), undefined))
  await receiver.kill()
  stage.hookProxy.thaw()
  // What the dead receiver had written may still arrive: then the sender has its answer, and otherwise none.
  await answer.catch(() => undefined)
  receiver = await stage.serve()
  assert.deepEqual(await stage.send('call_b'), { status: 200, body: { received: true, duplicate: true } })
  calls.push('call_b')
  await stage.assertProcessedOnce(calls)
})

test('a receiver killed under load has lost none of the events that it acknowledged', async () => {
  const sent = Array.from({ length: 100 }, (_, n) => `call_load_${n}`)
  let acknowledged = 0
  const answers = sent.map((callId) =>
    stage.send(callId).then(({ status }) => {
      assert.equal(status, 200)
      acknowledged += 1
      return callId
    }),
  )
  for (const answer of answers) answer.catch(() => undefined)
  await eventually(() => acknowledged > 10)
  await receiver.kill()
  const known = (await Promise.allSettled(answers)).flatMap((answer) =>
    answer.status === 'fulfilled' ? [answer.value] : [],
  )
  for (const callId of known) assert.notEqual(await stage.stateOf(callId), undefined)
  receiver = await stage.serve()
  for (const callId of sent) assert.equal((await stage.send(callId)).status, 200)
  await stage.assertProcessedOnce([...calls, ...sent])
})
