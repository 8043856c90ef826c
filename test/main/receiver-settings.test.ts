import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { toReceiverSettings } from '../../src/main/receiver-settings.ts'
import { ConfigurationError } from '../../src/main/settings/configuration-error.ts'
import { readSettings } from '../../src/main/settings.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

test('certificates are read from the files that the settings name', async (t) => {
  const folder = await temporaryDirectory(t)
  for (const name of ['cert', 'key', 'ca']) await writeFile(join(folder, name), `${name} in PEM`)
  const settings = await toReceiverSettings(
    readSettings({
      POSTHORN_TLS_CERT: join(folder, 'cert'),
      POSTHORN_TLS_KEY: join(folder, 'key'),
      POSTHORN_TLS_CLIENT_CA: join(folder, 'ca'),
    }),
  )
  assert.deepEqual(settings.tls, { certificate: 'cert in PEM', key: 'key in PEM', clientCa: 'ca in PEM' })
  assert.equal((await toReceiverSettings(readSettings({}))).tls, undefined)
})

test('every certificate file that cannot be read is named', async () => {
  const settings = readSettings({ POSTHORN_TLS_CERT: '/absent/cert', POSTHORN_TLS_KEY: '/absent/key' })
  await assert.rejects(toReceiverSettings(settings), (error: unknown) => {
    assert.ok(error instanceof ConfigurationError)
    assert.deepEqual(error.problems, [
      'POSTHORN_TLS_CERT: /absent/cert cannot be read (ENOENT).',
      'POSTHORN_TLS_KEY: /absent/key cannot be read (ENOENT).',
    ])
    return true
  })
})

test('the last answers leave time for what follows them', async () => {
  const closeTimeoutOf = async (timeout: string) =>
    (await toReceiverSettings(readSettings({ POSTHORN_SHUTDOWN_TIMEOUT: timeout, POSTHORN_SHUTDOWN_GRACE: '0s' })))
      .closeTimeoutMs
  assert.equal(await closeTimeoutOf('45s'), 40_000)
  assert.equal(await closeTimeoutOf('3s'), 0)
})
