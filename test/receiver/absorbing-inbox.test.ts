import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MAX_ABSORBED_BYTES, createAbsorbingInbox } from '../../src/receiver/absorbing-inbox.ts'
import type { Accepted, Inbox, IncomingEvent } from '../../src/storage/inbox.ts'
import { NotDurableError } from '../../src/storage/postgres-errors.ts'
import { eventually } from '../support/eventually.ts'
import { incomingEvent } from '../storage/incoming-event.ts'

const committed: Accepted = { acceptance: 'new', key: 'committed' }
const absorbed: Accepted = { acceptance: 'new', key: 'absorbed' }

/** An inbox over a database that a test breaks, and a second way that it may break, too. */
function stage(options: { maxInFlight?: number; patienceMs?: number } = {}) {
  const calls = { inbox: 0, absorb: 0, results: [] as string[] }
  const ways = {
    inbox: (): Promise<Accepted> => Promise.resolve(committed),
    absorb: (_event: IncomingEvent): Promise<Accepted> => Promise.resolve(absorbed),
  }
  const inner: Inbox = {
    accept: () => assert.fail('a request goes to the inbox whole'),
    acceptAll: (events) => {
      calls.inbox += 1
      return Promise.all(events.map(() => ways.inbox()))
    },
    pending: 0,
    drain: () => Promise.resolve(),
  }
  const inbox = createAbsorbingInbox({
    inbox: inner,
    sources: new Set(['shop']),
    absorb: (event) => {
      calls.absorb += 1
      return ways.absorb(event)
    },
    onAbsorbed: (_event, result) => calls.results.push(result),
    patienceMs: 50,
    ...options,
  })
  const accept = (overrides: Partial<IncomingEvent> = {}) => inbox.accept(incomingEvent(overrides))
  const acceptAll = (all: Partial<IncomingEvent>[]) => inbox.acceptAll(all.map(incomingEvent))
  return { calls, ways, accept, acceptAll }
}

const away = (code?: string) => () =>
  Promise.reject(new NotDurableError(Object.assign(new Error('away'), code !== undefined && { code })))

test('while Postgres commits nothing is absorbed', async () => {
  const { accept, calls } = stage()
  assert.deepEqual(await accept(), committed)
  assert.equal(calls.absorb, 0)
})

test('what Postgres cannot commit, for whatever reason of its own, is absorbed', async () => {
  const { accept, ways, calls } = stage()
  for (const code of ['ECONNREFUSED', '53100', '53300', '25006', '57P03', '57014', '08006', undefined]) {
    ways.inbox = away(code)
    assert.deepEqual(await accept(), { ...absorbed, absorbed: true }, code)
  }
  assert.deepEqual(new Set(calls.results), new Set(['absorbed']))
})

test('an event that Postgres refuses for what it is, is not: it would be refused again', async () => {
  const { accept, ways, calls } = stage()
  ways.inbox = away('22021')
  await assert.rejects(accept(), NotDurableError)
  ways.inbox = () => Promise.reject(new TypeError('a bug'))
  await assert.rejects(accept(), TypeError)
  assert.equal(calls.absorb, 0)
})

test('sources that did not opt in, and bodies that are too large, are not absorbed', async () => {
  const { accept, ways, calls } = stage()
  ways.inbox = away('ECONNREFUSED')
  await assert.rejects(accept({ source: 'other' }), NotDurableError)
  await assert.rejects(accept({ body: Buffer.alloc(MAX_ABSORBED_BYTES + 1) }), NotDurableError)
  assert.equal(calls.absorb, 0)
  await accept({ body: Buffer.alloc(MAX_ABSORBED_BYTES) })
  assert.equal(calls.absorb, 1)
})

test('when both ways fail the event is not durable, and the error tells of both', async () => {
  const { accept, ways, calls } = stage()
  ways.inbox = away('ECONNREFUSED')
  ways.absorb = () => Promise.reject(new Error('gone, too'))
  await assert.rejects(accept(), (error) => {
    assert.ok(error instanceof NotDurableError)
    assert.match((error.cause as Error).message, /away.*gone, too/)
    return true
  })
  assert.deepEqual(calls.results, ['failed'])
})

test('a Postgres that does not answer is waited for once, and asked again as soon as it has', async () => {
  const { accept, ways, calls } = stage({ patienceMs: 1_000 })
  const answers: (() => void)[] = []
  ways.inbox = () => new Promise((resolve) => answers.push(() => resolve(committed)))
  assert.deepEqual(await accept(), { ...absorbed, absorbed: true })
  const startedAt = performance.now()
  for (let n = 0; n < 20; n += 1) await accept()
  // Twenty times the patience would be twenty seconds.
  assert.ok(performance.now() - startedAt < 5_000, 'the others did not wait')
  assert.equal(calls.inbox, 1)
  answers[0]?.()
  ways.inbox = () => Promise.resolve(committed)
  await eventually(async () => assert.deepEqual(await accept(), committed))
})

test('no more are absorbed at once than there is room for', async () => {
  const { accept, ways } = stage({ maxInFlight: 2 })
  const answers: (() => void)[] = []
  ways.inbox = away('ECONNREFUSED')
  ways.absorb = () => new Promise((resolve) => answers.push(() => resolve(absorbed)))
  const first = [accept(), accept()]
  await eventually(() => answers.length === 2)
  await assert.rejects(accept(), NotDurableError)
  for (const answer of answers) answer()
  await Promise.all(first)
  ways.absorb = () => Promise.resolve(absorbed)
  assert.deepEqual(await accept(), { ...absorbed, absorbed: true })
})

test('the events of one request are absorbed all, or the request is not durable; none is absorbed where one is too large', async () => {
  const { acceptAll, ways, calls } = stage()
  ways.inbox = away('ECONNREFUSED')
  const kept = { ...absorbed, absorbed: true }
  assert.deepEqual(await acceptAll([{}, {}, {}]), [kept, kept, kept])
  assert.deepEqual([calls.inbox, calls.absorb], [1, 3])
  await assert.rejects(acceptAll([{}, { body: Buffer.alloc(MAX_ABSORBED_BYTES + 1) }]), NotDurableError)
  assert.equal(calls.absorb, 3)
  ways.absorb = ({ eventId }) => (eventId === 'bad' ? Promise.reject(new Error('no')) : Promise.resolve(absorbed))
  await assert.rejects(acceptAll([{}, { eventId: 'bad' }]), NotDurableError)
})

test('a request with more events than there is room for is refused before any is absorbed', async () => {
  const { acceptAll, ways, calls } = stage({ maxInFlight: 2 })
  ways.inbox = away('ECONNREFUSED')
  await assert.rejects(acceptAll([{}, {}, {}]), NotDurableError)
  assert.equal(calls.absorb, 0)
  assert.equal((await acceptAll([{}, {}])).length, 2)
})
