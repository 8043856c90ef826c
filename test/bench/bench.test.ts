import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { applyLoad } from '../../bench/ack/apply-load.ts'
import { measureAck } from '../../bench/ack/measure-ack.ts'
import { prepareWebhooks } from '../../bench/ack/webhooks.ts'
import { median, percentile } from '../../bench/statistics.ts'
import { createTestDatabase } from '../support/database.ts'

test('shared commits are faster than one INSERT for each event, and every acknowledged event is stored', async (t) => {
  const database = await createTestDatabase()
  t.after(() => database.drop())
  const lines: string[] = []
  const progress = (line: string): void => void lines.push(line)
  const brief = { rounds: 3, roundMs: 300, warmUpMs: 300, connections: 64 }
  const { rss, runs, ...modes } = await measureAck({ ...brief, databaseUrl: database.url, progress })

  assert.deepEqual(Object.keys(modes), ['none', 'insert', 'group'])
  for (const rates of [modes, ...runs].flatMap((run) => Object.values(run))) {
    assert.deepEqual(Object.keys(rates), ['rps', 'p50', 'p99'])
    assert.ok(rates.rps > 0 && rates.p50 > 0 && rates.p99 >= rates.p50)
  }
  assert.equal(runs.length, 3)
  assert.ok(modes.group.rps > modes.insert.rps, JSON.stringify(modes))
  assert.ok(rss > 20 && rss < 1_000)

  const { rows } = await database
    .pool()
    .query<{ stored: number }>('select count(*)::integer as stored from posthorn.events')
  assert.equal(lines.at(-1), `${rows[0]?.stored} events were acknowledged as stored, and are`)
})

test('an answer that is not 200 ends the load', async (t) => {
  const port = await startServer(t, 503)
  const requests = prepareWebhooks(10, 'whsec_unused')
  await assert.rejects(applyLoad({ port, connections: 2, requests, forMs: 1_000 }), /HTTP\/1\.1 503/)
})

test('a load ends when its requests are used up, and has counted every answer', async (t) => {
  const port = await startServer(t, 200)
  const requests = prepareWebhooks(10, 'whsec_unused')
  const { answered } = await applyLoad({ port, connections: 3, requests, forMs: 60_000 })
  assert.equal(answered, 10)
})

async function startServer(t: TestContext, status: number): Promise<number> {
  const server = createServer((request, response) => {
    request.resume()
    response.writeHead(status, { 'content-length': 2 }).end('{}')
  }).listen(0, '127.0.0.1')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

test('a median is the middle, or lies between the two in the middle', () => {
  assert.equal(median([3, 1, 2]), 2)
  assert.equal(median([4, 1, 2, 3]), 2.5)
})

test('a percentile is one of the values', () => {
  const hundred = Float64Array.from({ length: 100 }, (_, index) => 100 - index)
  assert.equal(percentile(hundred, 0.5), 51)
  assert.equal(percentile(hundred, 0.99), 100)
  assert.equal(percentile(Float64Array.of(7), 0.99), 7)
})
