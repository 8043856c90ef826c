import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'
import { isOutage } from '../../src/storage/unreachable.ts'

const coded = (code: string, cause?: unknown) => Object.assign(new Error('no', { cause }), { code })

/** What `fetch` throws when it asks a host where nobody listens, or one that breaks every request off. */
async function failedFetch(host: 'closed' | 'breaking off'): Promise<unknown> {
  // Of the ports that no program gets, the first that `fetch` does not refuse by its number.
  if (host === 'closed') return fetch('http://127.0.0.1:2/').catch((thrown: unknown) => thrown)
  const server = createServer((socket) => socket.once('data', () => socket.destroy())).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const error = await fetch(`http://127.0.0.1:${port}/`).catch((thrown: unknown) => thrown)
  server.close()
  return error
}

test('a host that `fetch` finds closed, or that breaks off, is out', async () => {
  for (const error of [await failedFetch('closed'), await failedFetch('breaking off')]) {
    assert.ok(error instanceof TypeError && error.message === 'fetch failed')
    assert.ok(isOutage(error), String(error.cause))
  }
})

test('a host that does not answer `fetch` in time is out', () => {
  for (const code of ['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT']) {
    assert.ok(isOutage(new TypeError('fetch failed', { cause: coded(code) })), code)
  }
})

test('what is behind an error counts, however it was wrapped', () => {
  assert.ok(isOutage(new Error('the query failed', { cause: new Error('again', { cause: coded('57P01') }) })))
  assert.ok(!isOutage(new Error('the query failed', { cause: coded('23505') })))
  assert.ok(!isOutage(new Error('the query failed', { cause: 'ECONNREFUSED' })))
})

test('of several errors in one, each must be an outage', () => {
  assert.ok(isOutage(new AggregateError([coded('ECONNREFUSED'), coded('ENETUNREACH')])))
  assert.ok(!isOutage(new AggregateError([coded('ECONNREFUSED'), new Error('card declined')])))
  assert.ok(!isOutage(new AggregateError([])))
})

test('errors that are each other’s cause come to an end', () => {
  const one = new Error('one')
  one.cause = new Error('other', { cause: one })
  assert.ok(!isOutage(one))
})
