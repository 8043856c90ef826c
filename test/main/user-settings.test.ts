import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { loadInstallation } from '../../src/main/load-config.ts'
import { readSettings } from '../../src/main/settings.ts'
import { ORDERS_SECRET, writeInstallation } from '../support/installation.ts'

const configOf = (source: string, rest = ''): string => `
import { defineConfig, env } from 'posthorn'

export default defineConfig({
  sources: { orders: { provider: 'standard-webhooks', secret: env('ORDERS_WEBHOOK_SECRET'), ${source} } },
  ${rest}
})
`

async function load(t: TestContext, config: string, more: Record<string, string> = {}) {
  const root = await writeInstallation(t, { 'posthorn.config.ts': config })
  const environment = {
    ...{ DATABASE_URL: 'postgres://localhost/posthorn', ORDERS_WEBHOOK_SECRET: ORDERS_SECRET },
    ...{ POSTHORN_CONFIG: join(root, 'posthorn.config.ts'), ...more },
  }
  return loadInstallation(readSettings(environment), environment)
}

const saying = (sentence: RegExp) => (error: unknown) => {
  assert.match((error as { problems: string[] }).problems.join('\n'), sentence)
  return true
}

test('activities get what the configuration says and the environment holds; what is unset or empty is left out', async (t) => {
  const settings = `settings: { from: 'Shop <shop@example.com>', crm: env('CRM_URL'), cdn: env('CDN_URL'), ci: env('CI_URL') },`
  const { userSettings } = await load(t, configOf('', settings), { CRM_URL: 'https://crm.example', CDN_URL: '' })
  assert.deepEqual(userSettings, { from: 'Shop <shop@example.com>', crm: 'https://crm.example' })
})

test('a source says where URLs of its payloads may lead, as hosts', async (t) => {
  const { sources } = await load(t, configOf(`urls: { hosts: ['files.example', 'cdn.example:8443'] }`))
  assert.deepEqual(sources[0]?.urls, { hosts: ['files.example', 'cdn.example:8443'], loopback: false })
  for (const host of ['https://files.example', 'files.example/a', '*.example']) {
    await assert.rejects(load(t, configOf(`urls: { hosts: ['${host}'] }`)), saying(/urls\.hosts\.0 must be a host/))
  }
})
