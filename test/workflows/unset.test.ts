import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { type Ended, type WorkflowStage, setWorkflowStage } from './stage.ts'

let stage: WorkflowStage

before(async () => {
  stage = await setWorkflowStage({ bare: true })
})
after(() => stage.close())

const PROCESSED: Ended = { state: 'processed', reason: null, code: null }
const ignored = (reason: string): Ended => ({ state: 'ignored', reason, code: null })
const now = (): string => new Date().toISOString()

const tell = (type: string, callId: string): Promise<string> =>
  stage.send('team-connect', { id: `evt_${randomUUID()}`, type, created_at: now(), data: { call_id: callId } })

const shopSends = (type: string, data: object): Promise<string> =>
  stage.send('standard-webhooks', { type, timestamp: now(), data }, { 'webhook-id': `msg_${randomUUID()}` })

const endOf = async (sent: Promise<string>): Promise<Ended> => stage.ended(await sent)

test('where no system outside is configured, an event of which nothing could be done says so', async () => {
  const file = `${stage.outside.url}/files/1`
  stage.outside.on('GET /api/v1/calls/c_1', { json: { call_id: 'c_1', recording_url: file, transcript_url: file } })
  const article = { id: 'a_1', path: '/news/1', title: 'News', text: 'All of it.' }
  const ends = await Promise.all([
    endOf(shopSends('article.published', article)),
    endOf(tell('call.started', 'c_1')),
    endOf(tell('call.recording.completed', 'c_1')),
    endOf(tell('call.transcript.completed', 'c_1')),
  ])
  assert.deepEqual(ends, [
    ignored('neither cache nor search is configured'),
    ignored('no CRM is configured'),
    ignored('neither archive nor transcription is configured'),
    ignored('neither analysis nor search is configured'),
  ])
})

test('what can be done without them is done, and half a sign-up is not', async () => {
  const file = `${stage.outside.url}/files/2`
  stage.outside.on('GET /api/v1/calls/c_2', { json: { call_id: 'c_2', from: '+441632960001', recording_url: file } })
  const ends = await Promise.all([
    endOf(tell('call.voicemail', 'c_2')),
    endOf(tell('call.missed', 'c_2')),
    endOf(shopSends('user.signed_up', { id: 'u_1', email: 'ada@example.com', name: 'Ada' })),
  ])
  assert.deepEqual(ends, [PROCESSED, PROCESSED, { state: 'dead', reason: null, code: 'not_configured' }])
  const { rows: tickets } = await stage.pool.query('select transcript from tickets')
  assert.deepEqual(tickets, [{ transcript: null }])
  const { rows: callbacks } = await stage.pool.query('select number from callbacks')
  assert.deepEqual(callbacks, [{ number: '+441632960001' }])
})
