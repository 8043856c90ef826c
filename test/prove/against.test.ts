import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { useGivenServers } from '../../src/main/prove/prove-servers.ts'
import { createTeardown } from '../../src/main/process/teardown.ts'
import { createPool } from '../../src/storage/pool.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { connectTemporal } from '../support/temporal.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { testSetting } from '../support/test-setting.ts'
import { runProve } from './prove-run.ts'

/** The servers of the test run: somebody else's, who would mind. */
const given = () => ({ DATABASE_URL: testSetting('databaseUrl'), TEMPORAL_ADDRESS: testSetting('temporalAddress') })

test('on servers that were given a proof kills only its own processes, in a database and a namespace of its own', async (t) => {
  const directory = await temporaryDirectory(t)
  const lines = Object.entries(given()).map(([name, value]) => `${name}=${value}\n`)
  await writeFile(join(directory, '.env.staging'), lines.join(''))
  // A proof that was killed has left its own behind.
  const before = [...(await proofDatabases(t)), ...(await namespaces(t))]
  const isNew = (name: string) => !before.includes(name)
  const flags = ['--against', '.env.staging', '--events', '60', '--minutes', '10']
  const { code, figures, told } = await runProve(t, flags, { directory })
  assert.equal(code, 0, told)
  assert.equal(figures.sent, 60)
  assert.ok(figures.kills >= 4)
  assert.deepEqual((await proofDatabases(t)).filter(isNew), [])
  const [own] = (await namespaces(t)).filter((name) => isNew(name) && name.startsWith('posthorn-prove-'))
  assert.ok(own, 'the proof had no namespace of its own')
})

test('each proof has names of its own, and its database goes in the end', async (t) => {
  const teardown = createTeardown(createLogger({ level: 'error', name: 'prove' }))
  const cluster = { ...given(), TEMPORAL_NAMESPACE: 'theirs', TEMPORAL_TLS: 'true', STRIPE_SECRET: 'theirs' }
  const servers = await useGivenServers(cluster, teardown)
  const name = new URL(servers.databaseUrl).pathname.slice(1)
  assert.match(name, /^posthorn_prove_[0-9a-f]{8}$/)
  assert.deepEqual(servers.temporal, {
    TEMPORAL_ADDRESS: cluster.TEMPORAL_ADDRESS,
    TEMPORAL_NAMESPACE: name.replaceAll('_', '-'),
    TEMPORAL_TLS: 'true',
  })
  assert.equal(servers.mortals, undefined)
  assert.ok((await proofDatabases(t)).includes(name))
  await teardown.run()
  assert.ok(!(await proofDatabases(t)).includes(name))
})

test('a file that names only one of the servers is no place for a proof', async () => {
  const teardown = createTeardown(createLogger({ level: 'error', name: 'prove' }))
  const { DATABASE_URL } = given()
  await assert.rejects(useGivenServers({ DATABASE_URL }, teardown), /must name DATABASE_URL and TEMPORAL_ADDRESS/)
})

async function proofDatabases(t: TestContext): Promise<string[]> {
  const pool = createPool({ url: given().DATABASE_URL, max: 1, name: 'posthorn-test', onError: () => undefined })
  t.after(() => pool.ended || pool.end())
  const { rows } = await pool.query<{ name: string }>(
    `select datname as name from pg_database where datname like 'posthorn\\_prove\\_%'`,
  )
  await pool.end()
  return rows.map(({ name }) => name)
}

async function namespaces(t: TestContext): Promise<string[]> {
  const { connection, close } = await connectTemporal()
  t.after(close)
  const { namespaces: all } = await connection.workflowService.listNamespaces({ pageSize: 1_000 })
  return (all ?? []).map(({ namespaceInfo }) => namespaceInfo?.name ?? '')
}
