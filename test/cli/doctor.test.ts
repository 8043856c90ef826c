import assert from 'node:assert/strict'
import { type AddressInfo, createServer } from 'node:net'
import { type TestContext, after, before, test } from 'node:test'
import type { Finding } from '../../src/cli/doctor/finding.ts'
import { judgeDatabase } from '../../src/cli/doctor/judge-database.ts'
import { judgeNode, judgeTemporalPackages } from '../../src/cli/doctor/judge-packages.ts'
import { judgeAbsorbed, judgeNamespace } from '../../src/cli/doctor/judge-temporal.ts'
import type { DatabaseReport } from '../../src/storage/inspect-database.ts'
import { adminQuery, withDatabase } from '../support/admin-query.ts'
import { eventually } from '../support/eventually.ts'
import { ORDERS_SECRET, writeInstallation } from '../support/installation.ts'
import { runPosthorn } from '../support/posthorn.ts'
import { uniqueName } from '../support/temporal.ts'
import { testSetting } from '../support/test-setting.ts'

const databaseName = uniqueName('posthorn_doctor').replaceAll('-', '_')
const namespace = uniqueName('doctor')
let databaseUrl: string
before(async () => {
  await adminQuery(testSetting('databaseUrl'), `create database ${databaseName}`)
  databaseUrl = withDatabase(testSetting('databaseUrl'), databaseName)
})
after(() => adminQuery(testSetting('databaseUrl'), `drop database ${databaseName} with (force)`))

const environment = (): NodeJS.ProcessEnv => ({
  DATABASE_URL: databaseUrl,
  TEMPORAL_ADDRESS: testSetting('temporalAddress'),
  TEMPORAL_NAMESPACE: namespace,
  ORDERS_WEBHOOK_SECRET: ORDERS_SECRET,
})

interface Diagnosis {
  code: number | null
  healthy: boolean
  of: (check: string) => Finding | undefined
}

async function doctor(t: TestContext, env: NodeJS.ProcessEnv = {}, cwd?: string): Promise<Diagnosis> {
  const folder = cwd ?? (await writeInstallation(t))
  const { code, stdout, stderr } = await runPosthorn(t, ['doctor', '--json'], {
    cwd: folder,
    env: { ...environment(), ...env },
  })
  assert.equal(stderr, '')
  const { healthy, findings } = JSON.parse(stdout) as { healthy: boolean; findings: Finding[] }
  return { code, healthy, of: (check) => findings.find((finding) => finding.check === check) }
}

test('from nothing to a healthy system by the mends that doctor names', async (t) => {
  const before = await doctor(t)
  assert.deepEqual([before.code, before.healthy], [1, false])
  assert.equal(before.of('migrations')?.mend, 'Run `posthorn migrate`.')
  assert.match(before.of('route table')?.mend ?? '', /posthorn setup/)
  assert.match(before.of('temporal namespace')?.detail ?? '', /does not exist/)

  const cwd = await writeInstallation(t)
  for (const command of ['migrate', 'setup']) {
    const { code, stderr } = await runPosthorn(t, [command], { cwd, env: environment() })
    assert.equal(code, 0, stderr)
  }
  const after = await doctor(t, {}, cwd)
  assert.deepEqual([after.code, after.healthy], [0, true])
  assert.equal(after.of('search attributes')?.status, 'ok')
  assert.equal(after.of('temporal retention')?.detail, 'closed runs are kept for 7 days')
  assert.equal(after.of('absorbed events')?.detail, 'none waits in Temporal')
})

test('each dependency that is missing fails alone', async (t) => {
  const noPostgres = await doctor(t, { DATABASE_URL: 'postgres://posthorn@127.0.0.1:1/posthorn' })
  assert.equal(noPostgres.code, 1)
  assert.match(noPostgres.of('postgres')?.detail ?? '', /cannot be reached: nothing listens there\.$/)
  assert.equal(noPostgres.of('postgres')?.mend, 'Start it, or set DATABASE_URL.')
  assert.equal(noPostgres.of('temporal namespace')?.status, 'ok')

  const noTemporal = await doctor(t, { TEMPORAL_ADDRESS: '127.0.0.1:1' })
  assert.equal(noTemporal.code, 1)
  assert.match(noTemporal.of('temporal')?.detail ?? '', /^Temporal at 127\.0\.0\.1:1 cannot be reached\.$/)
  assert.equal(noTemporal.of('migrations')?.status, 'ok')

  const noSecret = await doctor(t, { ORDERS_WEBHOOK_SECRET: '' })
  assert.equal(noSecret.code, 1)
  assert.match(noSecret.of('sources')?.mend ?? '', /Set ORDERS_WEBHOOK_SECRET/)
})

test('a secret with white space is a warning, and no failure', async (t) => {
  const { code, of } = await doctor(t, { ORDERS_WEBHOOK_SECRET: `${ORDERS_SECRET} ` })
  assert.equal(code, 0)
  assert.equal(of('secrets')?.status, 'warning')
  assert.match(of('secrets')?.mend ?? '', /ORDERS_WEBHOOK_SECRET begins or ends with white space/)
})

test('a port held by another program is named with its holder', async (t) => {
  const holder = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
  t.after(() => holder.close())
  await eventually(() => holder.listening)
  const { port } = holder.address() as AddressInfo
  const { code, of } = await doctor(t, { POSTHORN_PORT: String(port) })
  assert.equal(code, 1)
  assert.equal(of(`port ${port}`)?.status, 'failed')
  if (process.platform === 'linux') assert.match(of(`port ${port}`)?.detail ?? '', RegExp(`\\(pid ${process.pid}\\)`))
  assert.match(of(`port ${port}`)?.mend ?? '', /set POSTHORN_PORT/)
})

test('settings that cannot be read are the one thing to mend first', async (t) => {
  const { code, of } = await doctor(t, { POSTHORN_BODY_TIMEOUT: 'soon' })
  assert.equal(code, 1)
  assert.match(of('settings')?.mend ?? '', /POSTHORN_BODY_TIMEOUT must be a duration/)
  assert.equal(of('everything else')?.status, 'skipped')
})

test('workflows that cannot be routed are found before a worker meets them', async (t) => {
  const handler = `eventWorkflow('standard-webhooks/order.created', async () => processed())`
  const cwd = await writeInstallation(t, {
    'workflows/index.ts': `
      import { eventWorkflow, processed } from 'posthorn/workflow'
      export const one = ${handler}
      export const two = ${handler}`,
  })
  const { code, of } = await doctor(t, {}, cwd)
  assert.equal(code, 1)
  assert.equal(of('code')?.status, 'failed')
  assert.match(JSON.stringify(of('code')), /two owners/)
})

const HEALTHY: DatabaseReport = {
  version: 180_004,
  unsafeSettings: [],
  clockAheadMs: 3,
  migrations: { applied: 2, pending: [], edited: [], unknown: [] },
  daysAhead: 14,
  deployedRoutes: 'abc',
}

const failures = (report: Partial<DatabaseReport>, routes = 'abc') =>
  judgeDatabase({ ...HEALTHY, ...report }, routes)
    .filter(({ status }) => status !== 'ok')
    .map(({ check, status }) => `${check} ${status}`)

test('a database is judged by everything that can go wrong with it', () => {
  assert.deepEqual(failures({}), [])
  assert.deepEqual(failures({ version: 130_011 }), ['postgres version failed'])
  assert.deepEqual(failures({ unsafeSettings: ['fsync'] }), ['postgres durability failed'])
  assert.deepEqual(failures({ daysAhead: 6 }), ['partitions failed'])
  assert.deepEqual(failures({ clockAheadMs: -2_500 }), ['clock warning'])
  assert.deepEqual(failures({ clockAheadMs: 31_000 }), ['clock failed'])
  assert.deepEqual(failures({ deployedRoutes: 'old' }), ['route table failed'])
  const migrations = { applied: 2, pending: [], edited: ['engine/0001_inbox.sql'], unknown: [] }
  assert.deepEqual(failures({ migrations }), ['migrations failed'])
  assert.deepEqual(failures({ migrations: { ...migrations, edited: [], unknown: ['engine/0009_new.sql'] } }), [
    'migrations warning',
  ])
})

test('a namespace is judged by its retention and its search attributes', () => {
  const report = { exists: true, retentionDays: 30, missing: [], mistyped: [] }
  const statuses = (more: Partial<typeof report> | { missing: string[] }) =>
    judgeNamespace({ ...report, ...more }, 'default').map(({ status }) => status)
  assert.deepEqual(statuses({}), ['ok', 'ok', 'ok'])
  assert.deepEqual(statuses({ retentionDays: 3 }), ['ok', 'failed', 'ok'])
  assert.deepEqual(statuses({ missing: ['PosthornSource'] }), ['ok', 'ok', 'warning'])
})

test('events that wait in Temporal for the inbox are worth a look', () => {
  assert.equal(judgeAbsorbed(0).status, 'ok')
  assert.deepEqual([judgeAbsorbed(2).status, judgeAbsorbed(2).detail], ['warning', '2 wait in Temporal for the inbox'])
})

test('an old Node and unequal Temporal packages are failures', () => {
  assert.deepEqual(
    ['v20.18.3', 'v20.19.0', 'v22.1.0', 'v18.20.0'].map((version) => judgeNode(version).status),
    ['failed', 'ok', 'ok', 'failed'],
  )
  assert.equal(judgeTemporalPackages({ client: '1.24.0', worker: '1.24.0' }).status, 'ok')
  assert.match(judgeTemporalPackages({ client: '1.24.0', worker: '1.23.0' }).detail, /worker 1\.23\.0/)
})
