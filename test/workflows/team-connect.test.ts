import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { ActivityDependencies, EventRef } from 'posthorn/activity'
import { fetchTranscript } from '../../activities/team-connect/live-calls.ts'
import { EVENT_TYPES } from '../../src/providers/team-connect/event-types.ts'
import * as workflows from '../../workflows/index.ts'
import { createRouteTable } from '../../src/dispatcher/route-table.ts'
import { troubleOf } from '../../src/temporal/activity-trouble.ts'
import { eventually } from '../support/eventually.ts'
import { sentIn } from './outside.ts'
import { type Ended, type WorkflowStage, setWorkflowStage } from './stage.ts'

let stage: WorkflowStage

before(async () => {
  stage = await setWorkflowStage()
  stage.outside.on('POST /transcription/transcripts', ({ text }) => ({
    json: { text: `${text.length} bytes were said` },
  }))
})
after(() => stage.close())

const PROCESSED: Ended = { state: 'processed', reason: null, code: null }
const ignored = (reason: string): Ended => ({ state: 'ignored', reason, code: null })

function tell(type: string, data: object, id = `evt_${randomUUID()}`): Promise<string> {
  return stage.send('team-connect', { id, type, created_at: new Date().toISOString(), data })
}

/** What the API says of a call from now on. */
function callIs(callId: string, fields: object): void {
  const call = { call_id: callId, customer_id: 'ada', from: '+441632960001', to: '+441632960002', ...fields }
  stage.outside.on(`GET /api/v1/calls/${callId}`, { json: call })
}

const rowsOf = async (statement: string, ...values: unknown[]): Promise<unknown[]> =>
  (await stage.pool.query<Record<string, unknown>>(statement, values)).rows

const RECORDING = 'RIFF and then some sound'

test('every event type of Team-Connect has a route', () => {
  const routes = createRouteTable(workflows)
  assert.deepEqual(
    EVENT_TYPES.filter((type) => routes.find('team-connect', type) === undefined),
    [],
  )
})

test('a call that starts pops up in the CRM, once, and one that is over does not', async () => {
  callIs('c_start', { status: 'ringing' })
  assert.deepEqual(await stage.ended(await tell('call.started', { call_id: 'c_start' })), PROCESSED)
  const [pop, ...more] = stage.outside.asked('POST /crm/screen-pops')
  assert.deepEqual(await sentIn(pop), { callId: 'c_start', customer: 'ada', caller: '+441632960001' })
  assert.match(String(pop?.headers['idempotency-key']), /^[0-9a-f-]{36}$/)
  assert.equal(more.length, 0)
  callIs('c_over', { completed_at: '2026-11-21T12:00:00.000Z' })
  assert.deepEqual(await stage.ended(await tell('call.started', { call_id: 'c_over' })), ignored('call is over'))
})

test('a call that is answered opens a session', async () => {
  callIs('c_answered', { answered_at: '2026-11-21T12:00:00.000Z', agent_id: 'agent_7' })
  assert.deepEqual(await stage.ended(await tell('call.answered', { call_id: 'c_answered' })), PROCESSED)
  assert.deepEqual(await rowsOf(`select agent_id from call_sessions where call_id = 'c_answered'`), [
    { agent_id: 'agent_7' },
  ])
})

const finished = { duration_seconds: 61, completed_at: '2026-11-21T12:01:01.000Z' }

test('a call that ends is recorded at once; where a recording is being made, its file stays open for that', async () => {
  callIs('c_ended', { ...finished, recording_status: 'pending' })
  const key = await tell('call.ended', { call_id: 'c_ended' })
  await eventually(
    async () => {
      assert.equal((await rowsOf(`select from call_records where call_id = 'c_ended'`)).length, 1)
      assert.equal((await rowsOf('select from posthorn.waits where key = $1', key)).length, 1)
    },
    { timeoutMs: 50_000 },
  )
  assert.deepEqual(await rowsOf(`select from call_files where call_id = 'c_ended'`), [])
  stage.outside.on('GET /files/c_ended.wav', { text: RECORDING })
  callIs('c_ended', { ...finished, recording_url: `${stage.outside.url}/files/c_ended.wav` })
  await tell('call.recording.completed', { call_id: 'c_ended' })
  assert.deepEqual(await stage.ended(key), PROCESSED)
  assert.deepEqual(await rowsOf(`select has_recording from call_files where call_id = 'c_ended'`), [
    { has_recording: true },
  ])
})

test('a call without a recording waits for nothing', async () => {
  callIs('c_plain', finished)
  assert.deepEqual(await stage.ended(await tell('call.ended', { call_id: 'c_plain' })), PROCESSED)
  assert.deepEqual(await rowsOf(`select from call_files where call_id = 'c_plain'`), [])
})

test('a recording is archived whole and written down, though it was not ready at first', async () => {
  let tries = 0
  stage.outside.on('GET /files/c_rec.wav', () => ((tries += 1) < 2 ? { status: 404 } : { text: RECORDING }))
  callIs('c_rec', { recording_url: `${stage.outside.url}/files/c_rec.wav` })
  assert.deepEqual(await stage.ended(await tell('call.recording.completed', { call_id: 'c_rec' })), PROCESSED)
  const sha256 = createHash('sha256').update(RECORDING).digest('hex')
  assert.deepEqual(await rowsOf(`select file, bytes, sha256 from recordings where call_id = 'c_rec'`), [
    { file: 'c_rec.recording', bytes: String(RECORDING.length), sha256 },
  ])
  assert.equal(await readFile(join(stage.folder, 'c_rec.recording'), 'utf8'), RECORDING)
  assert.deepEqual(
    (await readdir(stage.folder)).filter((name) => name.endsWith('.part')),
    [],
  )
  assert.deepEqual(await rowsOf(`select transcript from call_transcripts where call_id = 'c_rec'`), [
    { transcript: `${RECORDING.length} bytes were said` },
  ])
})

test('what the API does not name yet is asked for again: a webhook may be faster', async () => {
  const late = (callId: string, field: string, file: string): void => {
    let tries = 0
    stage.outside.on(`GET /files/${file}`, { text: '{}' })
    stage.outside.on(`GET /api/v1/calls/${callId}`, () => {
      const url = (tries += 1) < 2 ? null : `${stage.outside.url}/files/${file}`
      return { json: { call_id: callId, customer_id: 'ada', [field]: url } }
    })
  }
  stage.outside.on('POST /analysis/analyses', { json: { sentiment: 'neutral', summary: 'Nothing.' } })
  late('c_late_rec', 'recording_url', 'late.wav')
  late('c_late_voice', 'recording_url', 'late-voice.wav')
  late('c_late_text', 'transcript_url', 'late.json')
  const keys = await Promise.all([
    tell('call.recording.completed', { call_id: 'c_late_rec' }),
    tell('call.voicemail', { call_id: 'c_late_voice' }),
    tell('call.transcript.completed', { call_id: 'c_late_text' }),
  ])
  for (const key of keys) assert.deepEqual(await stage.ended(key), PROCESSED)
  assert.equal((await rowsOf(`select from recordings where call_id = 'c_late_rec'`)).length, 1)
  assert.equal((await rowsOf(`select from tickets where call_id = 'c_late_voice'`)).length, 1)
  assert.equal((await rowsOf(`select from call_analyses where call_id = 'c_late_text'`)).length, 1)
})

test('what the API never names uses up the tries, and is then a dead letter of that name', async () => {
  const canonical = async () => ({ found: true as const, state: { call_id: 'c_never' }, version: 1n })
  const fetch = fetchTranscript.create({ canonical } as unknown as ActivityDependencies)
  const error: unknown = await fetch({} as EventRef).catch((thrown: unknown) => thrown)
  const { kind, code } = troubleOf(error)
  assert.deepEqual({ kind, code }, { kind: 'failure', code: 'transcript_url_missing' })
  assert.equal(fetchTranscript.policy, 'download')
})

test('a call that is gone has no recording, and no try is made again', async () => {
  const key = await tell('call.recording.completed', { call_id: 'c_nowhere' })
  assert.deepEqual(await stage.ended(key), ignored('call is gone'))
})

test('a recording at a host that is not the provider’s is never fetched', async () => {
  callIs('c_evil', { recording_url: 'https://recordings.example/a.wav' })
  const dead = await stage.ended(await tell('call.recording.completed', { call_id: 'c_evil' }))
  assert.deepEqual(dead, { state: 'dead', reason: null, code: 'url_host_refused' })
})

test('a transcript is analysed, and becomes a document of the search index', async () => {
  const transcript = { lines: ['Good morning.'] }
  const analysis = { sentiment: 'positive', summary: 'Somebody said good morning.' }
  stage.outside.on('GET /files/c_text.json', { json: transcript })
  stage.outside.on('POST /analysis/analyses', { json: analysis })
  callIs('c_text', { transcript_url: `${stage.outside.url}/files/c_text.json` })
  assert.deepEqual(await stage.ended(await tell('call.transcript.completed', { call_id: 'c_text' })), PROCESSED)
  assert.deepEqual(await sentIn(stage.outside.asked('POST /analysis/analyses').at(-1)), { transcript })
  assert.deepEqual(await rowsOf(`select sentiment, summary from call_analyses where call_id = 'c_text'`), [analysis])
  const [document] = stage.outside.asked('PUT /search/documents/call-c_text')
  assert.deepEqual(await sentIn(document), { kind: 'call', transcript, ...analysis })
})

test('a missed call is called back, and the caller hears so, unless they asked for silence', async () => {
  callIs('c_missed', { from: '+441632960003' })
  assert.deepEqual(await stage.ended(await tell('call.missed', { call_id: 'c_missed' })), PROCESSED)
  assert.deepEqual(await rowsOf(`select number, why from callbacks where about = 'c_missed'`), [
    { number: '+441632960003', why: 'missed call' },
  ])
  assert.deepEqual(await sentIn(stage.outside.asked('POST /sms/messages')[0]), {
    to: '+441632960003',
    text: 'We missed your call and will call you back.',
  })
  await stage.pool.query(`insert into contacts (number, opted_out) values ('+441632960004', true)`)
  callIs('c_silent', { from: '+441632960004' })
  assert.deepEqual(await stage.ended(await tell('call.missed', { call_id: 'c_silent' })), PROCESSED)
  assert.equal(stage.outside.asked('POST /sms/messages').length, 1)
})

test('a voicemail is written down, and becomes a ticket', async () => {
  stage.outside.on('GET /files/c_voice.wav', { text: RECORDING, headers: { 'content-type': 'audio/wav' } })
  callIs('c_voice', { recording_url: `${stage.outside.url}/files/c_voice.wav` })
  assert.deepEqual(await stage.ended(await tell('call.voicemail', { call_id: 'c_voice' })), PROCESSED)
  assert.deepEqual(await rowsOf(`select customer_id, transcript from tickets where call_id = 'c_voice'`), [
    { customer_id: 'ada', transcript: `${RECORDING.length} bytes were said` },
  ])
  assert.equal(stage.outside.asked('POST /transcription').at(-1)?.headers['content-type'], 'audio/wav')
})

function smsIs(id: string, fields: object): void {
  stage.outside.on(`GET /api/v1/sms/${id}`, {
    json: { sms_id: id, from: '+441632960005', to: '+441632960006', ...fields },
  })
}

test('a message is logged as it stands now, whichever of its events comes first', async () => {
  smsIs('s_out', { status: 'delivered' })
  const keys = [await tell('sms.delivered', { sms_id: 's_out' }), await tell('sms.sent', { sms_id: 's_out' })]
  for (const key of keys) assert.deepEqual(await stage.ended(key), PROCESSED)
  assert.deepEqual(await rowsOf(`select status from sms_messages where sms_id = 's_out'`), [{ status: 'delivered' }])
  const told = await Promise.all(stage.outside.asked('POST /analytics/events').map(sentIn))
  assert.deepEqual(told, [{ event: 'sms_delivered', sms: 's_out' }])
})

test('messages are counted by number and hour, each once', async () => {
  const to = '+441632960010'
  smsIs('s_first', { status: 'sent', to })
  smsIs('s_second', { status: 'sent', to })
  const id = `evt_${randomUUID()}`
  const keys = [
    await tell('sms.sent', { sms_id: 's_first' }, id),
    await tell('sms.sent', { sms_id: 's_first' }, id),
    await tell('sms.sent', { sms_id: 's_second' }),
  ]
  for (const key of keys) assert.deepEqual(await stage.ended(key), PROCESSED)
  assert.deepEqual(await rowsOf('select sum(sent) as sent from sent_messages where number = $1', to), [{ sent: '2' }])
})

const saidTo = async (number: string): Promise<unknown[]> => {
  const said = (await Promise.all(stage.outside.asked('POST /sms/messages').map(sentIn))) as { to: string }[]
  return said.filter(({ to }) => to === number)
}

test('who writes STOP gets no more messages', async () => {
  smsIs('s_stop', { status: 'received', text: 'Stop, please' })
  assert.deepEqual(await stage.ended(await tell('sms.received', { sms_id: 's_stop' })), PROCESSED)
  assert.deepEqual(await rowsOf(`select opted_out from contacts where number = '+441632960005'`), [{ opted_out: true }])
  smsIs('s_after', { status: 'received', text: 'And yet: where are you?' })
  assert.deepEqual(await stage.ended(await tell('sms.received', { sms_id: 's_after' })), PROCESSED)
  assert.deepEqual(await rowsOf(`select number from messages_to_answer where sms_id = 's_after'`), [
    { number: '+441632960005' },
  ])
  assert.deepEqual(await saidTo('+441632960005'), [])
})

test('a message waits for a person, and its sender hears so, unless two machines have begun to talk', async () => {
  const from = '+441632960011'
  smsIs('s_ask', { status: 'received', text: 'Where are you?', from })
  assert.deepEqual(await stage.ended(await tell('sms.received', { sms_id: 's_ask' })), PROCESSED)
  const confirmed = { to: from, text: 'We have your message, and somebody will answer it.' }
  assert.deepEqual(await saidTo(from), [confirmed])
  await stage.pool.query(`insert into sent_messages values ($1, date_trunc('hour', now(), 'UTC'), 20)`, [from])
  smsIs('s_echo', { status: 'received', text: 'This is an automatic answer.', from })
  assert.deepEqual(await stage.ended(await tell('sms.received', { sms_id: 's_echo' })), PROCESSED)
  assert.equal((await rowsOf('select from messages_to_answer where number = $1', from)).length, 2)
  assert.deepEqual(await saidTo(from), [confirmed])
})

test('a message that failed counts against its number once, and a person calls instead', async () => {
  smsIs('s_failed', { status: 'failed', to: '+441632960007' })
  const id = `evt_${randomUUID()}`
  const key = await tell('sms.failed', { sms_id: 's_failed' }, id)
  await tell('sms.failed', { sms_id: 's_failed' }, id)
  assert.deepEqual(await stage.ended(key), PROCESSED)
  assert.deepEqual(await rowsOf(`select bounces from contacts where number = '+441632960007'`), [{ bounces: 1 }])
  assert.deepEqual(await rowsOf(`select number, why from callbacks where about = 's_failed'`), [
    { number: '+441632960007', why: 'message failed' },
  ])
})

test('after three messages that came back a number is left in peace, until one arrives', async () => {
  const number = '+441632960012'
  const fail = async (id: string): Promise<void> => {
    smsIs(id, { status: 'failed', to: number })
    assert.deepEqual(await stage.ended(await tell('sms.failed', { sms_id: id })), PROCESSED)
  }
  const miss = async (callId: string): Promise<unknown[]> => {
    callIs(callId, { from: number })
    assert.deepEqual(await stage.ended(await tell('call.missed', { call_id: callId })), PROCESSED)
    return saidTo(number)
  }
  for (const id of ['s_back_1', 's_back_2']) await fail(id)
  assert.equal((await miss('c_bounce_2')).length, 1)
  await fail('s_back_3')
  assert.equal((await miss('c_bounce_3')).length, 1)
  smsIs('s_back_3', { status: 'delivered', to: number })
  assert.deepEqual(await stage.ended(await tell('sms.delivered', { sms_id: 's_back_3' })), PROCESSED)
  assert.deepEqual(await rowsOf(`select from callbacks where about = 's_back_3'`), [])
  assert.equal((await miss('c_bounce_0')).length, 2)
})

test('what an agent did is logged in the words of its event', async () => {
  const data = { call_id: 'c_agent', action: 'booking', reference: 'B-17' }
  assert.deepEqual(await stage.ended(await tell('agent.action.completed', data)), PROCESSED)
  assert.deepEqual(await rowsOf(`select type, data from agent_log where call_id = 'c_agent'`), [
    { type: 'agent.action.completed', data },
  ])
})

test('a hand-over shows the person what was said so far', async () => {
  callIs('c_hand', { agent_id: 'human_3', transcript_url: 'https://api.team-connect.co.uk/transcripts/c_hand.json' })
  assert.deepEqual(await stage.ended(await tell('agent.handoff', { call_id: 'c_hand' })), PROCESSED)
  assert.deepEqual(await sentIn(stage.outside.asked('POST /crm/handoffs')[0]), {
    callId: 'c_hand',
    customer: 'ada',
    agent: 'human_3',
    context: 'https://api.team-connect.co.uk/transcripts/c_hand.json',
  })
})

test('an agent that failed raises an alert, once however often it is tried', async () => {
  let tries = 0
  stage.outside.on('POST /alerts/alerts', () => ((tries += 1) < 2 ? { status: 503 } : {}))
  assert.deepEqual(await stage.ended(await tell('agent.error', { call_id: 'c_error' })), PROCESSED)
  const keys = stage.outside.asked('POST /alerts/alerts').map(({ headers }) => headers['idempotency-key'])
  assert.equal(keys.length, 2)
  assert.equal(new Set(keys).size, 1)
  assert.equal((await rowsOf(`select from agent_log where call_id = 'c_error'`)).length, 1)
})
