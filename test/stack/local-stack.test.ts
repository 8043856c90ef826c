import assert from 'node:assert/strict'
import { readdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { startLocalStack } from '../../src/stack/local-stack.ts'
import { cliPlaces } from '../../src/stack/temporal-cli.ts'
import { adminQuery } from '../support/admin-query.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const ports = { postgres: 0, temporal: 0, temporalUi: 0 }

test('both parts start side by side, keep their data, and are gone after the stop', async (t) => {
  const directory = await temporaryDirectory(t)
  const stack = await startLocalStack({ directory, ports, temporalCli: cliPlaces(process.env) })
  assert.match(stack.temporalAddress, /^127\.0\.0\.1:\d+$/)
  assert.match(stack.temporalUiUrl ?? '', /^http:\/\/127\.0\.0\.1:\d+$/)
  await adminQuery(stack.databaseUrl, 'select 1')
  await stack.stop()
  await assert.rejects(adminQuery(stack.databaseUrl, 'select 1'), { code: 'ECONNREFUSED' })
  assert.deepEqual((await readdir(directory)).sort().slice(0, 2), ['postgres', 'temporal.db'])
})

test('servers that are given are used, and not stopped', async (t) => {
  const directory = await temporaryDirectory(t)
  const given = { databaseUrl: 'postgresql://db.example/app', temporalAddress: 'temporal.example:7233' }
  const stack = await startLocalStack({ directory, ports, temporalCli: cliPlaces({}), ...given })
  assert.equal(stack.databaseUrl, given.databaseUrl)
  assert.equal(stack.temporalAddress, given.temporalAddress)
  assert.equal(stack.temporalUiUrl, undefined)
  await stack.stop()
  assert.deepEqual(await readdir(directory), [])
})

test('when one part cannot be had, the other does not stay behind', async (t) => {
  const directory = await temporaryDirectory(t)
  const temporalCli = cliPlaces({ POSTHORN_TEMPORAL_CLI: '/no/such/program' })
  await assert.rejects(
    startLocalStack({ directory, ports, temporalCli }),
    /POSTHORN_TEMPORAL_CLI is \/no\/such\/program/,
  )
  const data = await realpath(join(directory, 'postgres', 'cluster', 'data'))
  assert.ok(!(await readdir(data)).includes('postmaster.pid'))
})
