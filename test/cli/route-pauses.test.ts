import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { TestContext } from 'node:test'
import { runProgram } from '../../src/main/program.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { ORDERS_SECRET, writeInstallation } from '../support/installation.ts'

let database: TestDatabase
let pool: Pool
before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
})
after(() => database.drop())

async function posthorn(t: TestContext, ...args: string[]) {
  const root = await writeInstallation(t)
  const environment = {
    DATABASE_URL: database.url,
    ORDERS_WEBHOOK_SECRET: ORDERS_SECRET,
    POSTHORN_CONFIG: join(root, 'posthorn.config.ts'),
    POSTHORN_OPERATOR: 'ann',
  }
  let [stdout, stderr] = ['', '']
  const out = (text: string) => (stdout += text)
  const code = await runProgram(args, { environment, given: environment, out, err: (text) => (stderr += text) })
  return { code, stdout, stderr }
}

test('a person pauses a route, sees it paused, and resumes it; the audit log knows who and why', async (t) => {
  const paused = await posthorn(t, 'routes', 'pause', 'orderCreated', '--reason', 'their data is wrong')
  assert.deepEqual([paused.code, paused.stderr], [0, ''])
  const listed = await posthorn(t, 'routes')
  assert.match(listed.stdout, /orderCreated .*since .* by ann: their data is wrong; 0 wait$/m)
  const [route] = JSON.parse((await posthorn(t, 'routes', '--json')).stdout) as { paused: Record<string, unknown> }[]
  const { actor, reason, waiting } = route?.paused ?? {}
  assert.deepEqual([actor, reason, waiting], ['ann', 'their data is wrong', 0])

  const resumed = await posthorn(t, 'routes', 'resume', 'orderCreated', '--json')
  assert.deepEqual(JSON.parse(resumed.stdout), { handler: 'orderCreated', actor: 'ann' })
  assert.doesNotMatch((await posthorn(t, 'routes')).stdout, /PAUSED/)
  const { rows } = await pool.query('select actor, action, target, reason from posthorn.audit_log order by id')
  assert.deepEqual(rows, [
    { actor: 'ann', action: 'routes.pause', target: { handler: 'orderCreated' }, reason: 'their data is wrong' },
    { actor: 'ann', action: 'routes.resume', target: { handler: 'orderCreated' }, reason: null },
  ])
})

test('what cannot be paused or resumed is said', async (t) => {
  const unknown = await posthorn(t, 'routes', 'pause', 'orderMade', '--reason', 'x')
  assert.equal(unknown.code, 2)
  assert.match(unknown.stderr, /There is no handler orderMade/)
  assert.equal((await posthorn(t, 'routes', 'pause', 'orderCreated')).code, 2, 'a pause needs a reason')
  const running = await posthorn(t, 'routes', 'resume', 'orderCreated')
  assert.equal(running.code, 1)
  assert.match(running.stderr, /orderCreated is not paused/)
})
