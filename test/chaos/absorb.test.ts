import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import { eventKey } from '../../src/storage/event-key.ts'
import { countAbsorbed } from '../../src/temporal/count-absorbed.ts'
import { eventually } from '../support/eventually.ts'
import type { PosthornProcess } from './posthorn-process.ts'
import { type Stage, setStage } from './stage.ts'

let stage: Stage
let receiver: PosthornProcess
let worker: PosthornProcess
const calls: string[] = []
const keys = [randomBytes(32), randomBytes(32)].map((key) => key.toString('base64'))

before(async () => {
  const config = join(import.meta.dirname, 'absorbing/posthorn.config.ts')
  stage = await setStage({ env: { POSTHORN_CONFIG: config, POSTHORN_CODEC_KEY: keys[0] } })
  receiver = await stage.serve()
  worker = await stage.work()
  // Temporal's client is loaded behind the start.
  await eventually(async () => assert.equal((await health()).dependencies['temporal'], 'up'), { timeoutMs: 30_000 })
})
after(() => stage.close())
afterEach(() => {
  stage.postgresProxy.accept()
  stage.postgresProxy.thaw()
  stage.temporalProxy.accept()
})

const NEW = { status: 200, body: { received: true } }
const KNOWN = { status: 200, body: { received: true, duplicate: true } }

/** A busy Temporal may not answer within what a sender is left waiting for: it is asked again, as by a sender. */
async function absorbed(callId: string): Promise<void> {
  const first = await stage.send(callId)
  if (first.status === 200) return assert.deepEqual(first, NEW)
  await eventually(async () => assert.equal((await stage.send(callId)).status, 200), { timeoutMs: 20_000 })
}

async function health(): Promise<{ status: number; dependencies: Record<string, string> }> {
  const response = await fetch(`${stage.url}/health/ready`)
  return { ...((await response.json()) as { dependencies: Record<string, string> }), status: response.status }
}

/** They stand in the inbox once Temporal has brought them there. */
async function assertProcessedOnce(): Promise<void> {
  for (const callId of calls) {
    await eventually(async () => assert.ok(await stage.stateOf(callId), `${callId} is not there`), {
      timeoutMs: 60_000,
    })
  }
  await stage.assertProcessedOnce(calls)
}

const absorbOf = (callId: string) => {
  const key = eventKey('team-connect', `evt_${callId}`)
  return stage.temporal.client.workflow.getHandle(`absorb/${key}`)
}

async function metricsOf(process: PosthornProcess): Promise<string> {
  const [, url = ''] = /"metrics":"([^"]+)"/.exec(process.output()) ?? []
  return (await fetch(url)).text()
}

test('what comes while Postgres is away is acknowledged, and processed once when it is back', async () => {
  stage.postgresProxy.refuse()
  await absorbed('call_a')
  await absorbed('call_b')
  assert.deepEqual(await stage.send('call_b'), KNOWN)
  const { status, dependencies } = await health()
  assert.deepEqual({ status, dependencies }, { status: 200, dependencies: { postgres: 'down', temporal: 'up' } })
  assert.equal((await absorbOf('call_a').describe()).status.name, 'RUNNING')
  await eventually(async () => assert.match(await metricsOf(worker), /^posthorn_absorbed_waiting [1-9]/m), {
    timeoutMs: 30_000,
  })
  stage.postgresProxy.accept()
  calls.push('call_a', 'call_b')
  await assertProcessedOnce()
  assert.deepEqual(await stage.send('call_a'), KNOWN)
  // By Temporal's clock: its webhook came then, and not when the outage was over.
  const { rows } = await stage.pool.query('select received_at from posthorn.events where event_id = $1', ['evt_call_a'])
  assert.deepEqual(rows, [{ received_at: (await absorbOf('call_a').describe()).startTime }])
})

test('nothing of an absorbed event can be read in Temporal', async () => {
  const history = JSON.stringify(await absorbOf('call_a').fetchHistory())
  const texts = [...history.matchAll(/"data":"([^"]+)"/g)].map(([, data = '']) => Buffer.from(data, 'base64'))
  assert.ok(texts.length >= 2, 'the argument of the workflow and that of its activity')
  for (const plain of ['call_a', 'call.ended', 'team-connect', 'content-type']) {
    assert.equal(
      texts.some((data) => data.includes(plain)),
      false,
      plain,
    )
  }
})

test('a Postgres that is silent is given two seconds, once, and then events are absorbed', async () => {
  stage.postgresProxy.freeze()
  const startedAt = performance.now()
  const sent = Array.from({ length: 6 }, (_, n) => `call_silent_${n}`)
  for (const callId of sent) await absorbed(callId)
  const tookMs = performance.now() - startedAt
  // For each of them it would be twelve.
  assert.ok(tookMs < 10_000, `six events took ${Math.round(tookMs)} ms`)
  stage.postgresProxy.refuse()
  stage.postgresProxy.thaw()
  stage.postgresProxy.accept()
  calls.push(...sent)
  await assertProcessedOnce()
})

test('when both are away the sender is told to come again, and so is everybody by the health page', async () => {
  stage.postgresProxy.refuse()
  stage.temporalProxy.refuse()
  const startedAt = performance.now()
  const { status, body } = await stage.send('call_f')
  assert.equal(status, 503)
  assert.equal((body as { error: { code: string } }).error.code, 'not_durable')
  assert.ok(performance.now() - startedAt < 4_000)
  assert.equal((await health()).status, 503)
  stage.temporalProxy.accept()
  await absorbed('call_f')
  calls.push('call_f')
})

test('the processes and the key may change while events wait in Temporal, and events of both keys go in', async () => {
  stage.postgresProxy.refuse()
  await absorbed('call_g')
  await Promise.all([receiver.kill(), worker.kill()])
  stage.postgresProxy.accept()
  const rotated = { POSTHORN_CODEC_KEY: keys[1], POSTHORN_CODEC_KEY_PREVIOUS: keys[0] }
  receiver = await stage.serve(rotated)
  // Nobody is there who could open it, and it is told.
  await eventually(async () => assert.ok((await countAbsorbed(stage.temporal.client, 10_000)) > 0), {
    timeoutMs: 30_000,
  })
  stage.postgresProxy.refuse()
  await absorbed('call_h')
  stage.postgresProxy.accept()
  await stage.work(rotated)
  calls.push('call_g', 'call_h')
  await assertProcessedOnce()
  await eventually(async () => assert.equal(await countAbsorbed(stage.temporal.client, 10_000), 0), {
    timeoutMs: 30_000,
  })
})
