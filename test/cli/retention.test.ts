import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { runProgram } from '../../src/main/program.ts'
import { createInbox } from '../../src/storage/inbox.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { findBody } from '../../src/storage/stored-event.ts'
import { ageEverything } from '../storage/age.ts'
import { incomingEvent } from '../storage/incoming-event.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'

let database: TestDatabase
let pool: Pool

before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
})
after(() => database.drop())

async function posthorn(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const environment = { DATABASE_URL: database.url, POSTHORN_OPERATOR: 'grace' }
  let [out, err] = ['', '']
  const code = await runProgram(args, {
    environment,
    given: environment,
    out: (text) => (out += text),
    err: (text) => (err += text),
  })
  return { code, out, err }
}

test('status tells how old things are, run removes what is too old, and then there is nothing left to remove', async () => {
  const { key } = await createInbox({ pool }).accept(incomingEvent())
  await ageEverything(pool, 33)
  const before = await posthorn('retention', 'status')
  assert.equal(before.code, 0, before.err)
  assert.match(before.out, /^bodies +30 days +\d{4}-\d\d-\d\d \(33 days\) +1 +0$/m)
  assert.match(before.out, /^Event rows are kept for 90 days; the oldest came 20/m)

  const run = JSON.parse((await posthorn('retention', 'run', '--json')).out) as Record<string, unknown[]>
  assert.deepEqual(
    run['dropped']?.map((dropped) => (dropped as { kept: number }).kept),
    [1, 0],
  )
  assert.ok(await findBody(pool, key))
  const status = JSON.parse((await posthorn('retention', 'status', '--json')).out) as Record<string, unknown>
  assert.deepEqual(status['keep'], { events: 90, bodies: 30, receipts: 30 })
  assert.equal(status['daysAhead'], 14)
  assert.equal((status['keptBodies'] as { rows: number }).rows, 1)
  assert.match((await posthorn('retention', 'run')).out, /^Dropped 0 partitions, 0 bodies .* 0 events\.$/m)
})

test('a run by a person is in the audit log, with what it removed', async () => {
  await pool.query('truncate posthorn.audit_log')
  await createInbox({ pool }).accept(incomingEvent())
  await ageEverything(pool, 33)
  assert.equal((await posthorn('retention', 'run')).code, 0)
  const { rows } = await pool.query<{ detail: { days: unknown; removed: Record<string, number> } }>(
    'select actor, action, target, detail from posthorn.audit_log',
  )
  const { detail, ...act } = rows[0] ?? assert.fail()
  assert.deepEqual(act, { actor: 'grace', action: 'retention.run', target: {} })
  assert.deepEqual(detail.days, { events: 90, bodies: 30, receipts: 30 })
  assert.equal(detail.removed['partitions'], 2)
})

test('beside another run that drops for long it says what to wait for', async () => {
  const other = await pool.connect()
  await other.query('select pg_advisory_lock(7067836483)')
  const { code, err } = await posthorn('retention', 'run')
  other.release(true)
  assert.equal(code, 1)
  assert.match(
    err,
    /^Another run of retention is dropping partitions\. Wait for it: `posthorn retention status` says .*\.$/m,
  )
})

test('erase says what it would do, does it, and says when there is nothing', async () => {
  const event = incomingEvent({ entity: { kind: 'customer', id: 'a/b' } })
  const { key } = await createInbox({ pool }).accept(event)
  const order = ['erase', '--source', 'shop', '--reason', 'asked for']
  assert.match((await posthorn(...order, '--entity', 'customer/a/b', '--dry-run')).out, /^Nothing was changed\.$/m)
  assert.ok(await findBody(pool, key))

  const erasure = JSON.parse((await posthorn(...order, '--event', event.eventId, '--json')).out) as { items: unknown }
  assert.deepEqual(erasure.items, [{ content: 'body', id: key, sha256: (await hashOf(key)) ?? '' }])
  const { rows } = await pool.query('select actor from posthorn.erasures')
  assert.deepEqual(rows, [{ actor: 'grace' }])

  assert.equal((await posthorn(...order, '--event', 'evt_unknown')).code, 1)
  for (const wrong of [[], ['--entity', 'customer'], ['--entity', 'customer/1', '--event', 'e']]) {
    assert.equal((await posthorn(...order, ...wrong)).code, 2, wrong.join(' '))
  }
})

const hashOf = async (key: string): Promise<string | undefined> =>
  (
    await pool.query<{ hash: string }>(`select encode(body_hash, 'hex') as hash from posthorn.events where key = $1`, [
      key,
    ])
  ).rows[0]?.hash
