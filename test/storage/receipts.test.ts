import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import { type Receipt, createReceiptLog } from '../../src/storage/receipts.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'

let database: TestDatabase

before(async () => {
  database = await createTestDatabase()
})
after(() => database.drop())

const receipt = (overrides: Partial<Receipt> = {}): Receipt => ({
  id: randomUUID(),
  at: new Date('2026-11-21T12:00:00.123Z'),
  source: 'shop',
  verdict: 'refused',
  code: 'invalid_signature',
  contentLength: 12,
  ...overrides,
})

test('receipts are written in the background, also with texts that no table can hold', async () => {
  const pool = database.pool()
  const log = createReceiptLog(pool, () => assert.fail('nothing must be dropped'))
  log.record(receipt({ eventId: 'evt_\0\ud800', remoteIp: '2001:db8::1' }))
  log.record(receipt({ verdict: 'duplicate', eventId: 'x'.repeat(5_000) }))
  await log.flush()
  const { rows } = await pool.query(
    'select at, verdict, code, length(event_id) as length, remote_ip from posthorn.receipts order by verdict',
  )
  assert.deepEqual(rows, [
    {
      at: new Date('2026-11-21T12:00:00.123Z'),
      verdict: 'duplicate',
      code: 'invalid_signature',
      length: 1_024,
      remote_ip: null,
    },
    {
      at: new Date('2026-11-21T12:00:00.123Z'),
      verdict: 'refused',
      code: 'invalid_signature',
      length: 6,
      remote_ip: '2001:db8::1',
    },
  ])
})

test('a flood beyond the buffer is dropped and counted, and the caller never waits', () => {
  let dropped = 0
  const log = createReceiptLog(database.pool(), (count) => (dropped += count))
  for (let n = 0; n < 10_500; n += 1) log.record(receipt())
  assert.equal(dropped, 500)
  assert.equal(log.dropped, 500)
})

test('receipts that the database refuses are counted, not thrown', async () => {
  let dropped = 0
  const pool = database.pool()
  await pool.end()
  const log = createReceiptLog(pool, (count) => (dropped += count))
  log.record(receipt())
  await log.flush()
  assert.equal(dropped, 1)
})

test('the bytes of a genuine request that its source refuses are kept on its receipt, as far as they fit', async () => {
  const pool = database.pool()
  const log = createReceiptLog(pool, () => assert.fail('nothing must be dropped'))
  const body = Buffer.from([0x7b, 0x00, 0xff])
  log.record(receipt({ code: 'malformed_body', eventId: 'small', body }))
  for (let n = 0; n < 3; n += 1)
    log.record(receipt({ code: 'malformed_body', eventId: 'large', body: Buffer.alloc(8_000_000) }))
  await log.flush()
  const { rows } = await pool.query<{ event_id: string; body: Buffer | null }>(
    `select event_id, body from posthorn.receipts where code = 'malformed_body' order by event_id desc`,
  )
  assert.deepEqual(rows[0], { event_id: 'small', body })
  assert.deepEqual(
    rows
      .slice(1)
      .map(({ body: kept }) => kept?.length ?? 0)
      .toSorted(),
    [0, 8_000_000, 8_000_000],
  )
})
