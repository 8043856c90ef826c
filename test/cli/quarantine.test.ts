import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { judgeQuarantine, judgeRotations } from '../../src/cli/doctor/judge-secrets.ts'
import { migrate } from '../../src/storage/migrate.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { ORDERS_SECRET, writeInstallation } from '../support/installation.ts'
import { postOrder } from '../support/orders.ts'
import { runPosthorn, startPosthorn } from '../support/posthorn.ts'
import { testSource } from '../receiver/webhooks.ts'

let database: TestDatabase
let pool: Pool
const OLD_SECRET = `whsec_${randomBytes(24).toString('base64')}`
const key = randomBytes(32).toString('base64')

before(async () => {
  database = await createTestDatabase()
  await migrate(database.url)
  pool = database.pool()
})
after(() => database.drop())

/** The provider signs with `ORDERS_SECRET`. */
const environment = (secret: string): NodeJS.ProcessEnv => ({
  DATABASE_URL: database.url,
  ORDERS_WEBHOOK_SECRET: secret,
  POSTHORN_CODEC_KEY: key,
  POSTHORN_OPERATOR: 'ada',
})

interface AuditLine {
  actor: string
  action: string
  target: unknown
  reason: string | null
  detail: unknown
}

const auditLog = async (): Promise<AuditLine[]> =>
  (await pool.query<AuditLine>('select actor, action, target, reason, detail from posthorn.audit_log order by id')).rows

test('events that a rotation at the provider’s end went ahead of are admitted by one command, and run once', async (t) => {
  const cwd = await writeInstallation(t)
  const quarantine = async (secret: string, ...args: string[]): Promise<unknown> => {
    const run = await runPosthorn(t, ['quarantine', ...args, '--json'], { cwd, env: environment(secret) })
    assert.equal(run.code, 0, run.stderr)
    return JSON.parse(run.stdout) as unknown
  }
  const list = (...args: string[]) => quarantine(OLD_SECRET, 'list', ...args) as Promise<{ id: string; code: string }[]>

  const receiver = startPosthorn(t, ['serve'], { cwd, env: environment(OLD_SECRET) })
  const { port } = await receiver.logged('receiver.listening')
  const url = `http://127.0.0.1:${port as number}`
  for (const eventId of ['evt_1', 'evt_2']) assert.equal(await postOrder(url, { eventId }), 401)
  const listed = await eventually(async () => {
    const rows = await list()
    assert.equal(rows.length, 2)
    return rows
  })
  assert.deepEqual(new Set(listed.map(({ code }) => code)), new Set(['invalid_signature']))
  const shown = await quarantine(OLD_SECRET, 'show', listed[0]?.id ?? '')
  assert.match(JSON.stringify(shown), /order\.created/)
  assert.equal(JSON.stringify(shown).includes('v1,'), false, 'a signature is not shown')

  const nothing = await quarantine(OLD_SECRET, 'reverify')
  assert.deepEqual(nothing, {
    requests: 2,
    verified: 0,
    events: { new: 0, duplicate: 0, anomaly: 0 },
    refused: { invalid_signature: 2 },
  })
  await pool.query(
    `insert into posthorn.quarantine (id, source, code, bytes, sealed)
     values ('00000000-0000-0000-0000-000000000000', 'orders', 'invalid_signature', 1, 'sealed by a key that was lost')`,
  )
  const admitted = await quarantine(ORDERS_SECRET, 'reverify', '--source', 'orders', '--reason', 'rotated too early')
  assert.deepEqual(admitted, {
    requests: 3,
    verified: 2,
    events: { new: 2, duplicate: 0, anomaly: 0 },
    refused: { sealed_with_another_key: 1 },
  })
  await pool.query(`delete from posthorn.quarantine where id = '00000000-0000-0000-0000-000000000000'`)
  assert.deepEqual(await list(), [])
  const { rows } = await pool.query('select event_id from posthorn.events join posthorn.queue using (key) order by 1')
  assert.deepEqual(rows, [{ event_id: 'evt_1' }, { event_id: 'evt_2' }])
  assert.deepEqual((await auditLog()).at(-1), {
    actor: 'ada',
    action: 'quarantine.reverify',
    target: { source: 'orders' },
    reason: 'rotated too early',
    detail: admitted,
  })
})

test('what nobody misses is dropped, by name or by source, and never all at once by mistake', async (t) => {
  const cwd = await writeInstallation(t)
  const env = environment(ORDERS_SECRET)
  const insert = `insert into posthorn.quarantine (id, source, code, bytes, sealed)
    select gen_random_uuid(), source, 'invalid_signature', 1, '\\x00' from unnest($1::text[]) as source returning id`
  const { rows } = await pool.query<{ id: string }>(insert, [['orders', 'orders', 'other']])
  const all = await runPosthorn(t, ['quarantine', 'drop'], { cwd, env })
  assert.equal(all.code, 2)
  assert.match(all.stderr, /--source/)
  const one = await runPosthorn(t, ['quarantine', 'drop', rows[0]?.id ?? ''], { cwd, env })
  assert.equal(one.stdout, 'Requests dropped: 1.\n')
  await runPosthorn(t, ['quarantine', 'drop', '--source', 'orders'], { cwd, env })
  const left = await pool.query('select source from posthorn.quarantine')
  assert.deepEqual(left.rows, [{ source: 'other' }])
  assert.equal((await auditLog()).at(-1)?.action, 'quarantine.drop')
})

test('without a key nothing can be opened, and a source that absorbs does not start', async (t) => {
  const cwd = await writeInstallation(t)
  const { POSTHORN_CODEC_KEY: _, ...env } = environment(ORDERS_SECRET)
  const reverified = await runPosthorn(t, ['quarantine', 'reverify'], { cwd, env })
  assert.equal(reverified.code, 2)
  assert.match(reverified.stderr, /Set POSTHORN_CODEC_KEY/)

  const absorbing = await writeInstallation(t, {
    'posthorn.config.ts': `import { defineConfig, env } from 'posthorn'
      export default defineConfig({
        sources: { orders: { provider: 'standard-webhooks', secret: env('ORDERS_WEBHOOK_SECRET'), absorb: true } },
      })`,
  })
  const served = await runPosthorn(t, ['serve'], { cwd: absorbing, env })
  assert.equal(served.code, 2)
  assert.match(served.stderr, /Set POSTHORN_CODEC_KEY .* source orders absorbs/)
})

test('doctor names a previous secret that is out of use, and a quarantine that is off', () => {
  const source = (id: string) =>
    testSource({
      id,
      secrets: [
        { slot: 'current', value: 'a' },
        { slot: 'previous', value: 'b' },
      ],
    })
  const sources = [source('unused'), source('in-use'), source('silent'), testSource({ id: 'settled' })]
  const seen = [
    { source: 'unused', slot: 'current' },
    { source: 'in-use', slot: 'current' },
    { source: 'in-use', slot: 'previous' },
    { source: 'settled', slot: 'current' },
  ]
  const findings = judgeRotations(sources, seen)
  assert.deepEqual(
    findings.map(({ status, detail }) => [status, detail]),
    [['warning', 'nothing is signed with the previous secret of source unused any more']],
  )
  assert.equal(judgeQuarantine(false).status, 'warning')
  assert.equal(judgeQuarantine(true).status, 'ok')
})
