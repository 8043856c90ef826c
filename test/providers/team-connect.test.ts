import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { VerificationError } from 'posthorn/provider'
import { signedRequest } from 'posthorn/testing'
import type { IdentifiedEvent } from '../../src/providers/provider.ts'
import { EVENT_TYPES } from '../../src/providers/team-connect/event-types.ts'
import { teamConnect } from '../../src/providers/team-connect/index.ts'

const SECRET = 'tc-secret-of-the-endpoint'
const NOW = 1_767_225_600

/** The sample body of the guide, section 03. */
const SAMPLE = {
  id: 'evt_8e3a4b2c5f1d4789a01e9d8c7b6f5a4e',
  type: 'call.completed',
  created_at: '2026-05-03T14:00:00.000Z',
  api_version: '2026-04-01',
  data: {
    call_id: 'call_19hf82j3k4l',
    from: '+441625555123',
    to: '+441625555456',
    duration_seconds: 187,
    completed_at: '2026-05-03T14:00:00.000Z',
    recording_url: 'https://api.team-connect.co.uk/recordings/abc123.wav',
  },
}

const requestOf = (body: object, type?: string) =>
  signedRequest(teamConnect, { body, secret: SECRET, now: NOW, ...(type !== undefined && { type }) })

function identify(body: object, type?: string): IdentifiedEvent {
  const [identified] = teamConnect.identify(requestOf(body, type))
  return identified ?? assert.fail('nothing was identified')
}

const refusedAs = (code: string) => (error: unknown) => error instanceof VerificationError && error.code === code

test('sends the headers of the guide', () => {
  const { headers, body } = requestOf(SAMPLE, 'call.completed')
  assert.equal(headers['user-agent'], 'TeamConnect-Webhooks/1.0')
  assert.equal(headers['x-teamconnect-event'], 'call.completed')
  assert.equal(headers['x-teamconnect-timestamp'], String(NOW))
  assert.match(headers['x-teamconnect-delivery'] ?? '', /^[0-9a-f-]{36}$/)
  const digest = createHmac('sha256', SECRET).update(body.toString()).digest('hex')
  assert.equal(headers['x-teamconnect-signature'], `sha256=${digest}`)
})

test('identifies the sample of the guide under the name of its catalogue', () => {
  const { deliveryId, ...event } = identify(SAMPLE, 'call.completed')
  assert.deepEqual(event, {
    id: 'evt_8e3a4b2c5f1d4789a01e9d8c7b6f5a4e',
    type: 'call.ended',
    entity: { kind: 'call', id: 'call_19hf82j3k4l' },
    occurredAt: new Date('2026-05-03T14:00:00Z'),
    apiVersion: '2026-04-01',
  })
  assert.match(deliveryId ?? '', /^[0-9a-f-]{36}$/)
})

test('knows both names of an event for one, in header and body', () => {
  assert.equal(identify(SAMPLE, 'call.ended').type, 'call.ended')
  assert.equal(identify({ ...SAMPLE, type: 'call.ended' }, 'call.completed').type, 'call.ended')
  assert.equal(identify({ ...SAMPLE, type: 'recording.completed' }).type, 'call.recording.completed')
})

test('refuses a header that names another event than the signed body', () => {
  for (const header of ['sms.received', 'call.started', '', 'call.completed, call.completed']) {
    const request = requestOf(SAMPLE)
    const renamed = { ...request, headers: { ...request.headers, 'x-teamconnect-event': header } }
    assert.throws(() => teamConnect.identify(renamed), refusedAs('type_mismatch'), header)
  }
})

test('takes the ID from the signed body, whatever the delivery header says', () => {
  const request = requestOf(SAMPLE)
  const replayed = { ...request, headers: { ...request.headers, 'x-teamconnect-delivery': 'another' } }
  assert.deepEqual(teamConnect.verify(replayed, [SECRET], NOW), { secretIndex: 0 })
  const [event] = teamConnect.identify(replayed)
  assert.equal(event?.id, SAMPLE.id)
  assert.equal(event.deliveryId, 'another')
})

test('gives each delivery of one event an ID of its own', () => {
  const first = requestOf(SAMPLE).headers['x-teamconnect-delivery']
  assert.notEqual(requestOf(SAMPLE).headers['x-teamconnect-delivery'], first)
})

test('reads the other dialect of the envelope, too', () => {
  const { deliveryId, ...event } = identify({
    event_id: 'evt_2',
    event_type: 'sms.received',
    timestamp: '2026-05-03T14:00:00Z',
    data: { message_id: 'sms_1' },
  })
  const occurredAt = new Date('2026-05-03T14:00:00Z')
  assert.ok(deliveryId)
  assert.deepEqual(event, { id: 'evt_2', type: 'sms.received', entity: { kind: 'sms', id: 'sms_1' }, occurredAt })
})

test('says what each family of events is about', () => {
  const about = (type: string, data?: object) => identify({ id: 'evt_1', type, ...(data && { data }) }).entity
  assert.deepEqual(about('call.recording.completed', { call_id: 'call_1' }), { kind: 'call', id: 'call_1' })
  assert.deepEqual(about('sms.failed', { sms_id: 'sms_1' }), { kind: 'sms', id: 'sms_1' })
  assert.deepEqual(about('agent.handoff', { call_id: 'call_1', agent_id: 'agent_1' }), { kind: 'call', id: 'call_1' })
  assert.deepEqual(about('agent.error', { agent_id: 'agent_1' }), { kind: 'agent', id: 'agent_1' })
  assert.equal(about('call.started', { call_id: 17.5 }), undefined)
  assert.equal(about('call.started'), undefined)
  assert.equal(about('constructor.created', { call_id: 'call_1' }), undefined)
  assert.equal(about('fax.received', { fax_id: 'fax_1' }), undefined)
})

test('lets an event without ID pass, and refuses one without type', () => {
  assert.equal(identify({ event_type: 'test' }).id, undefined)
  assert.throws(() => identify({ id: 'evt_1', data: {} }), refusedAs('malformed_body'))
})

test('tells the reasons of a refused time apart', () => {
  const verifyAt = (time: string | undefined) => () => {
    const request = requestOf(SAMPLE)
    const signature = request.headers['x-teamconnect-signature'] ?? ''
    const headers = {
      'x-teamconnect-signature': signature,
      ...(time !== undefined && { 'x-teamconnect-timestamp': time }),
    }
    return teamConnect.verify({ ...request, headers }, [SECRET], NOW)
  }
  assert.throws(verifyAt(undefined), refusedAs('missing_timestamp'))
  assert.throws(verifyAt('abc'), refusedAs('bad_timestamp'))
  assert.throws(verifyAt('1714723200'), refusedAs('stale_timestamp'))
  assert.throws(verifyAt(String(NOW + 301)), refusedAs('stale_timestamp'))
  assert.deepEqual(verifyAt(String(NOW))(), { secretIndex: 0 })
})

test('has a schema for each type of the catalogue, that a payload of nothing but IDs fits', () => {
  assert.deepEqual(Object.keys(teamConnect.schemas), [...EVENT_TYPES])
  const ids = { call_id: 'call_1', sms_id: 'sms_1', agent_id: 'agent_1' }
  for (const type of EVENT_TYPES) {
    const schema = teamConnect.schemas[type]
    assert.equal(schema?.safeParse({ id: 'evt_1', type, data: ids }).success, true, type)
    assert.equal(schema.safeParse({ id: 'evt_1', type, data: {} }).success, false, type)
  }
})

test('has schemas that name what is of the wrong type', () => {
  const issues = (data: object) =>
    teamConnect.schemas['call.ended']?.safeParse({ ...SAMPLE, data }).error?.issues.map(({ path }) => path.join('.'))
  assert.equal(issues(SAMPLE.data), undefined)
  assert.deepEqual(issues({ ...SAMPLE.data, duration_seconds: '187' }), ['data.duration_seconds'])
  assert.deepEqual(issues({ ...SAMPLE.data, call_id: undefined }), ['data.call_id'])
})

test('warns of a secret with whitespace, which the dashboard never shows', () => {
  assert.equal(teamConnect.checkSecret(SECRET), undefined)
  assert.match(teamConnect.checkSecret(`${SECRET} `) ?? '', /whitespace/)
})
