import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, beforeEach, test } from 'node:test'
import { reverify } from '../../src/receiver/reverify.ts'
import { createKeyring } from '../../src/sealing/keyring.ts'
import { createInbox } from '../../src/storage/inbox.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { createQuarantineLog, openQuarantined } from '../../src/storage/quarantine-log.ts'
import { listQuarantine, loadQuarantined } from '../../src/storage/quarantine.ts'
import type { Source } from '../../src/providers/source.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { post } from './raw-connection.ts'
import { type TestReceiver, startReceiver } from './start-receiver.ts'
import { SHOP, testSource, unixNow, webhook } from './webhooks.ts'

const NEW_SECRET = 'whsec_the_provider_signs_with_this_since_noon'
const keyring = createKeyring([randomBytes(32)])
let database: TestDatabase
let pool: Pool

before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
})
after(() => database.drop())
beforeEach(() => pool.query('truncate posthorn.quarantine, posthorn.events, posthorn.bodies, posthorn.queue'))

async function withReceiver(
  options: { now?: () => Date; sources?: Source[] },
  work: (receiver: TestReceiver) => Promise<void>,
): Promise<void> {
  const quarantine = createQuarantineLog({ pool, keyring, onError: (error) => assert.fail(String(error)) })
  const receiver = await startReceiver({ pool, quarantine, sources: [SHOP], ...options })
  try {
    await work(receiver)
  } finally {
    // Writes what its buffers hold.
    await receiver.close()
  }
}

/** What `posthorn quarantine reverify` does with each request. */
async function reverifyAll(source: Source) {
  const inbox = createInbox({ pool })
  const rows = await loadQuarantined(pool, {}, 100)
  return Promise.all(
    rows.map((row) =>
      reverify(
        { ...row, request: openQuarantined(keyring, row) },
        { source, inbox, retentionDays: 90, now: new Date() },
      ),
    ),
  )
}

const eventIds = async (): Promise<string[]> =>
  (await pool.query<{ event_id: string }>('select event_id from posthorn.events order by event_id')).rows.map(
    ({ event_id: id }) => id,
  )

test('what a rotation gone wrong refused is admitted once the secret is set, and a redelivery of it is a duplicate', async () => {
  const refused = webhook({ source: SHOP, id: 'evt_refused', secret: NEW_SECRET, at: unixNow() - 200 })
  const forged = webhook({ source: SHOP, id: 'evt_forged', secret: 'whsec_guessed' })
  await withReceiver({}, async ({ port }) => {
    for (const request of [refused, refused, forged]) assert.equal((await post(port, request)).status, 401)
  })
  assert.deepEqual(await eventIds(), [])
  assert.equal((await listQuarantine(pool, { source: 'shop' }, 10)).length, 3)

  const mended = testSource({ id: 'shop', provider: SHOP.provider, secrets: [{ slot: 'current', value: NEW_SECRET }] })
  // By now the timestamp is stale, and was not when it came.
  await pool.query(`update posthorn.quarantine set received_at = received_at - interval '100 seconds'`)
  const results = await reverifyAll(mended)
  assert.deepEqual(
    results.filter(({ admitted }) => !admitted),
    [{ admitted: false, code: 'invalid_signature' }],
  )
  assert.deepEqual(results.flatMap((result) => (result.admitted ? result.acceptances : [])).sort(), [
    'duplicate',
    'new',
  ])
  assert.deepEqual(await eventIds(), ['evt_refused'])
  await withReceiver({ sources: [mended] }, async ({ port }) => {
    const again = webhook({ source: SHOP, id: 'evt_refused', secret: NEW_SECRET })
    assert.equal((await post(port, again)).body, '{"received":true,"duplicate":true}')
  })
})

test('what our clock refused, an hour ahead or behind, verifies by the clock of the database', async () => {
  for (const hours of [1, -1]) {
    const id = `evt_${hours}`
    await withReceiver({ now: () => new Date(Date.now() + hours * 3_600_000) }, async ({ port, log }) => {
      assert.equal((await post(port, webhook({ source: SHOP, id }))).status, 401)
      assert.equal(log.lines().at(-1)?.['code'], 'stale_timestamp')
    })
    assert.deepEqual(await reverifyAll(SHOP), [{ admitted: true, acceptances: ['new'] }])
    await pool.query('truncate posthorn.quarantine')
  }
  assert.deepEqual(await eventIds(), ['evt_-1', 'evt_1'])
})

test('a request that was recorded once and sent again later stays refused', async () => {
  const recorded = webhook({ source: SHOP, id: 'evt_recorded', at: unixNow() - 3_600 })
  await withReceiver({}, async ({ port }) => {
    assert.equal((await post(port, recorded)).status, 401)
  })
  assert.deepEqual(await reverifyAll(SHOP), [{ admitted: false, code: 'stale_timestamp' }])
})

test('only what may have been genuine is kept: neither what is unsigned nor what was accepted', async () => {
  const { path, body } = webhook({ source: SHOP })
  await withReceiver({}, async ({ port }) => {
    const unsigned = { path, body, headers: { 'content-type': 'application/json' } }
    assert.equal((await post(port, unsigned)).status, 401)
    assert.equal((await post(port, webhook({ source: SHOP }))).status, 200)
  })
  assert.deepEqual(await listQuarantine(pool, {}, 10), [])
})

test('a source that stores bytes only until they are done keeps none of what it refuses, genuine or not', async () => {
  const brief = testSource({ id: 'shop', provider: SHOP.provider, storeBodies: 'until_done' })
  const requests = [webhook({ source: brief, secret: NEW_SECRET }), webhook({ source: brief, at: unixNow() - 3_600 })]
  await withReceiver({ sources: [brief] }, async ({ port, log }) => {
    for (const request of requests) assert.equal((await post(port, request)).status, 401)
    assert.deepEqual(
      log.lines().flatMap(({ code }) => code ?? []),
      ['invalid_signature', 'stale_timestamp'],
    )
  })
  assert.deepEqual(await listQuarantine(pool, {}, 10), [])
})

test('a previous secret is accepted until its time, by the clock, and not a second longer', async () => {
  const until = new Date(Date.now() + 3_600_000)
  const rotated = testSource({
    id: 'shop',
    provider: SHOP.provider,
    secrets: [
      { slot: 'current', value: NEW_SECRET },
      { slot: 'previous', value: 'whsec_the_old_one', until },
    ],
  })
  const statuses: number[] = []
  for (const now of [until.getTime() - 1_000, until.getTime()]) {
    await withReceiver({ sources: [rotated], now: () => new Date(now) }, async ({ port }) => {
      const at = Math.floor(now / 1_000)
      statuses.push((await post(port, webhook({ source: SHOP, secret: 'whsec_the_old_one', at }))).status)
      assert.equal((await post(port, webhook({ source: SHOP, secret: NEW_SECRET, at }))).status, 200)
    })
  }
  assert.deepEqual(statuses, [200, 401])
})
