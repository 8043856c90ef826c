import assert from 'node:assert/strict'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { createTeardown } from '../../src/main/process/teardown.ts'
import { startOwnServers } from '../../src/main/prove/prove-servers.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { adminQuery } from '../support/admin-query.ts'
import { eventually } from '../support/eventually.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

test('a server that ends and was not killed by plan is started again and counted, and the data goes in the end', async (t) => {
  const directory = await temporaryDirectory(t)
  const teardown = createTeardown(createLogger({ level: 'error', name: 'prove' }))
  t.after(teardown.run)
  const progress = () => undefined
  const servers = await startOwnServers({ directory, given: { ...process.env }, teardown, progress })
  const { postgres, temporal } = servers.mortals ?? assert.fail('they are ours')
  const [pid] = (await readFile(join(directory, 'postgres/cluster/data/postmaster.pid'), 'utf8')).split('\n')
  process.kill(Number(pid), 'SIGKILL')
  await eventually(() => assert.equal(postgres.crashes, 1), { timeoutMs: 60_000 })
  await eventually(() => adminQuery(servers.databaseUrl, 'select 1'), { timeoutMs: 60_000 })
  assert.equal(await temporal.kill(0), true)
  assert.equal(temporal.crashes, 0)
  await teardown.run()
  assert.deepEqual(await readdir(directory), [])
})
