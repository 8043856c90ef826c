/** Providers that call with GET: the query is the event. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { providers } from '../support/providers.ts'
import type { IncomingEvent } from '../../src/storage/inbox.ts'
import { type TestReceiver, inboxThat, startReceiver } from './start-receiver.ts'
import { SECRET, testSource } from './webhooks.ts'

const PHONE = testSource({ id: 'phone', provider: providers.twilio })

const stored: IncomingEvent[] = []
let receiver: TestReceiver

before(async () => {
  const inbox = inboxThat((event) => {
    stored.push(event)
    return Promise.resolve({ acceptance: 'new', key: event.eventId })
  })
  receiver = await startReceiver({ sources: [PHONE], inbox })
})
after(() => receiver.close())
beforeEach(() => void stored.splice(0))

function get(query: string): Promise<Response> {
  const path = `${PHONE.path}?${query}`
  const headers = PHONE.provider.sign(Buffer.alloc(0), SECRET, {
    now: 0,
    url: `https://hooks.example.com${path}`,
    id: 'x',
  })
  return fetch(`http://127.0.0.1:${receiver.port}${path}`, { headers })
}

const bodies = () => stored.map(({ body }) => body.toString())

test('stores the query as the body of the event, and answers in the words that the provider expects', async () => {
  const query = 'AccountSid=AC1&CallSid=CA1&CallStatus=completed&SequenceNumber=2'
  const answer = await get(query)
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('content-type'), 'text/xml')
  assert.equal(await answer.text(), '<Response/>')
  assert.deepEqual(bodies(), [query])
  assert.equal(stored[0]?.eventId, 'CA1:completed:2')
})

test('parks every query that it cannot read as an event of its own', async () => {
  for (const query of ['what=1', 'what=2', 'what=2']) assert.equal((await get(query)).status, 200)
  assert.deepEqual(bodies(), ['what=1', 'what=2', 'what=2'])
  const [first, second, again] = stored.map(({ eventId }) => eventId)
  assert.notEqual(first, second)
  assert.equal(again, second)
  assert.ok(stored.every(({ hold }) => hold?.state === 'parked'))
})

test('refuses a query that was changed on its way', async () => {
  const path = `${PHONE.path}?CallSid=CA1&CallStatus=completed`
  const headers = PHONE.provider.sign(Buffer.alloc(0), SECRET, {
    now: 0,
    url: `https://hooks.example.com${path}`,
    id: 'x',
  })
  const answer = await fetch(`http://127.0.0.1:${receiver.port}${path}x`, { headers })
  assert.equal(answer.status, 401)
  assert.deepEqual(stored, [])
})
