import assert from 'node:assert/strict'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { ensureDevSecrets } from '../../src/main/dev/dev-secrets.ts'
import { readEnvironment, withDevStack } from '../../src/main/settings/environment.ts'
import { providers } from '../support/providers.ts'
import { type PosthornConfig, env } from '../../src/kit/index.ts'
import { signedRequest } from 'posthorn/testing'
import { temporaryDirectory } from '../support/temporary-directory.ts'

async function folderWith(t: TestContext, files: Record<string, string>): Promise<string> {
  const folder = await temporaryDirectory(t)
  await mkdir(join(folder, '.posthorn'))
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  return folder
}

test('the process’s own variables win over .env, and .env over what posthorn dev generated', async (t) => {
  const folder = await folderWith(t, {
    '.posthorn/dev.env': 'A=dev\nB=dev\nC=dev\n',
    '.env': 'B="dot env"\nC=dotenv\n',
  })
  assert.deepEqual(readEnvironment({ C: 'process' }, folder), { A: 'dev', B: 'dot env', C: 'process' })
})

test('in production no file counts', async (t) => {
  const folder = await folderWith(t, {
    '.posthorn/dev.env': 'A=dev\n',
    '.posthorn/stack.env': 'B=dev\n',
    '.env': 'C=1\n',
  })
  const environment = readEnvironment({ NODE_ENV: 'production' }, folder)
  assert.deepEqual(withDevStack(environment, folder), { NODE_ENV: 'production' })
})

test('commands find the servers of a running posthorn dev, unless others are named', async (t) => {
  const folder = await folderWith(t, { '.posthorn/stack.env': 'DATABASE_URL=dev\nTEMPORAL_ADDRESS=dev\n' })
  assert.deepEqual(withDevStack({ DATABASE_URL: 'mine' }, folder), { DATABASE_URL: 'mine', TEMPORAL_ADDRESS: 'dev' })
})

const CONFIG: PosthornConfig = {
  sources: {
    orders: { provider: 'standard-webhooks', secret: env('ORDERS_SECRET'), pathToken: env('ORDERS_TOKEN') },
    stripe: {
      provider: 'stripe',
      secret: env('STRIPE_SECRET'),
      api: { token: env('STRIPE_KEY'), baseUrl: env('STRIPE_URL') },
    },
  },
}

test('development secrets are generated once, for us alone, and fit their providers', async (t) => {
  const root = await temporaryDirectory(t)
  const names = ['ORDERS_SECRET', 'ORDERS_TOKEN', 'STRIPE_SECRET', 'STRIPE_KEY']
  assert.deepEqual(await ensureDevSecrets(root, CONFIG, {}), names)
  const file = join(root, '.posthorn/dev.env')
  assert.equal((await stat(file)).mode & 0o777, 0o600)

  const generated = readEnvironment({}, root)
  for (const name of ['github', 'stripe', 'team-connect', 'standard-webhooks'] as const) {
    assert.equal(providers[name].checkSecret(generated['ORDERS_SECRET'] ?? ''), undefined, name)
  }
  assert.match(generated['ORDERS_TOKEN'] ?? '', /^[\w-]{16,}$/)

  const text = await readFile(file, 'utf8')
  assert.deepEqual(await ensureDevSecrets(root, CONFIG, generated), [])
  assert.equal(await readFile(file, 'utf8'), text)
})

test('of a key pair both halves are generated, and a host where a provider has none of its own', async (t) => {
  const root = await temporaryDirectory(t)
  const config: PosthornConfig = {
    sources: {
      calls: { provider: 'telnyx', secret: env('CALLS_KEY') },
      shop: {
        provider: 'shopify',
        secret: env('SHOP_SECRET'),
        api: { token: env('SHOP_TOKEN'), baseUrl: env('SHOP_URL') },
      },
    },
  }
  const names = ['CALLS_KEY', 'CALLS_KEY_SIGNING_KEY', 'SHOP_SECRET', 'SHOP_TOKEN', 'SHOP_URL']
  assert.deepEqual(await ensureDevSecrets(root, config, {}), names)
  const { CALLS_KEY: verify = '', CALLS_KEY_SIGNING_KEY: sign = '' } = readEnvironment({}, root)
  const request = signedRequest(providers.telnyx, { body: {}, secret: sign, now: 1_767_225_600 })
  assert.deepEqual(providers.telnyx.verify(request, [verify], 1_767_225_600), { secretIndex: 0 })
})

test('what is set already is not generated, and what was generated stays when a source is added', async (t) => {
  const root = await temporaryDirectory(t)
  const { orders } = CONFIG.sources as { orders: PosthornConfig['sources'][string] }
  assert.deepEqual(await ensureDevSecrets(root, { sources: { orders } }, { ORDERS_TOKEN: 'set' }), ['ORDERS_SECRET'])
  const before = readEnvironment({ ORDERS_TOKEN: 'set' }, root)
  assert.deepEqual(await ensureDevSecrets(root, CONFIG, before), ['STRIPE_SECRET', 'STRIPE_KEY'])
  assert.equal(readEnvironment({}, root)['ORDERS_SECRET'], before['ORDERS_SECRET'])
})
