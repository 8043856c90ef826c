import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { SimulationReport } from '../../src/cli/simulate.ts'
import { newSecret } from '../../src/providers/new-secret.ts'
import { freePort } from '../../src/stack/free-port.ts'
import { startReceiver } from '../receiver/start-receiver.ts'
import { createTestDatabase } from '../support/database.ts'
import { testSource } from '../receiver/webhooks.ts'
import { startPosthorn } from '../support/posthorn.ts'
import { eventually } from '../support/eventually.ts'
import { providers } from '../support/providers.ts'
import { writeInstallation } from '../support/installation.ts'
import { installationOf, posthorn, secretName, startWitness } from './simulator-stage.ts'

const NAMES = ['shopify', 'gitlab', 'twilio'] as const

/** A receiver with these sources, and what `posthorn simulate` has to know of them. */
async function stage(t: TestContext) {
  const database = await createTestDatabase()
  t.after(() => database.drop())
  const secrets = new Map(NAMES.map((name) => [name, newSecret(providers[name])]))
  const sources = NAMES.map((name) =>
    testSource({
      id: name,
      provider: providers[name],
      secrets: [{ slot: 'current', value: secrets.get(name)?.verify ?? '' }],
    }),
  )
  const receiver = await startReceiver({ sources, pool: database.pool(), settings: { rateLimitPerIp: 10_000 } })
  t.after(() => receiver.close())
  const variables = Object.fromEntries(NAMES.map((name) => [secretName(name), secrets.get(name)?.sign ?? '']))
  return { receiver, variables: { ...variables, POSTHORN_PUBLIC_URL: 'https://hooks.example.com' } }
}

test('webhooks of several providers reach a receiver through every mishap, and all is accounted for', async (t) => {
  const { receiver, variables } = await stage(t)
  const root = await installationOf(t, ...NAMES)
  const to = `http://127.0.0.1:${receiver.port}`
  const mishaps = ['--lose', '--duplicate', '--reorder', '--burst', '--slow', '--flaky', '--rate-limit']
  const rates = ['--events', '60', '--per-second', '500', '--port', String(await freePort(0, ''))]
  const { code, stdout, stderr } = await posthorn(
    root,
    ['simulate', ...NAMES, '--to', to, ...rates, ...mishaps, '--once', '--json'],
    variables,
  )
  assert.equal(code, 0, stdout + stderr)
  const report = JSON.parse(stdout) as SimulationReport
  assert.deepEqual([report.accepted, report.lost, report.surprises], [54, 6, []])
  assert.ok(report.duplicates > 0)
  assert.deepEqual(Object.keys(report.bySource).sort(), [...NAMES].sort())
})

test('a receiver that refuses is told of with 1', async (t) => {
  const { receiver, variables } = await stage(t)
  const root = await installationOf(t, 'gitlab')
  const args = [
    'simulate',
    'gitlab',
    '--to',
    `http://127.0.0.1:${receiver.port}`,
    '--events',
    '3',
    '--per-second',
    '100',
    '--once',
  ]
  const port = ['--port', String(await freePort(0, ''))]
  const { code, stdout } = await posthorn(root, [...args, ...port], {
    ...variables,
    GITLAB_SECRET: newSecret(providers.gitlab).sign,
  })
  assert.equal(code, 1)
  assert.match(stdout, /refused with invalid_signature: 3/)
})

test('names that are neither a source nor a provider of one are refused', async (t) => {
  const root = await installationOf(t, 'gitlab')
  const { code, stderr } = await posthorn(root, ['simulate', 'github'], { GITLAB_SECRET: 'x' })
  assert.equal(code, 2)
  assert.match(stderr, /no source "github"/)
})

test('the APIs answer with the token of the source until Ctrl-C, and what to set is said', async (t) => {
  const root = await writeInstallation(t, {
    'posthorn.config.ts': `import { defineConfig, env } from 'posthorn'
export default defineConfig({ sources: { code: { provider: 'gitlab', secret: env('CODE_SECRET'),
  api: { token: env('CODE_TOKEN'), baseUrl: env('CODE_URL'), listing: env('CODE_HOOK') } } } })
`,
  })
  const port = await freePort(0, '')
  const running = startPosthorn(
    t,
    ['simulate', 'gitlab', '--events', '1', '--port', String(port), '--to', 'http://127.0.0.1:1'],
    {
      cwd: root,
      env: { CODE_SECRET: 'a-secret-of-some-length', CODE_TOKEN: 'glpat-1' },
    },
  )
  await eventually(() => assert.match(running.log(), /Ctrl-C ends it/), { timeoutMs: 30_000 })
  assert.match(
    running.log(),
    new RegExp(`CODE_URL=http://127.0.0.1:${port}/gitlab/api/v4\n {2}CODE_HOOK=/projects/15/hooks/7`),
  )
  const url = `http://127.0.0.1:${port}/gitlab/api/v4/projects/15/hooks/7/events`
  await eventually(async () => {
    const response = await fetch(url, { headers: { authorization: 'Bearer glpat-1' } })
    assert.equal(((await response.json()) as unknown[]).length, 1)
  })
  assert.equal((await fetch(url, { headers: { authorization: 'Bearer other' } })).status, 401)
  running.process.kill('SIGINT')
  const { code, stdout } = await running.ended
  assert.equal(code, 1)
  assert.match(stdout, /no_answer in place of acknowledged/)
})

test('for a provider that nobody can sign for there is its API, what happened in it, and no webhook', async (t) => {
  const root = await writeInstallation(t, {
    'posthorn.config.ts': `import { defineConfig, env } from 'posthorn'
export default defineConfig({ sources: { pay: { provider: 'paypal', secret: env('PAY_SECRET'),
  api: { token: env('PAY_TOKEN'), baseUrl: env('PAY_URL') } } } })
`,
  })
  const [witness, port] = [await startWitness(t), await freePort(0, '')]
  const running = startPosthorn(
    t,
    ['simulate', 'pay', '--events', '3', '--per-second', '100', '--port', String(port), '--to', witness.url],
    { cwd: root, env: { PAY_SECRET: '1JE4291016473214C', PAY_TOKEN: 'client:secret' } },
  )
  await eventually(() => assert.match(running.log(), /Ctrl-C ends it/), { timeoutMs: 30_000 })
  assert.match(running.log(), /Source pay gets no webhooks, its API only: only PayPal has the key/)
  const api = `http://127.0.0.1:${port}/paypal`
  const authorization = `Basic ${Buffer.from('client:secret').toString('base64')}`
  const bought = await fetch(`${api}/v1/oauth2/token`, { method: 'POST', headers: { authorization } })
  const { access_token: token } = (await bought.json()) as { access_token: string }
  await eventually(async () => {
    const listed = await fetch(`${api}/v1/notifications/webhooks-events`, {
      headers: { authorization: `Bearer ${token}` },
    })
    assert.equal(((await listed.json()) as { events: unknown[] }).events.length, 3)
  })
  running.process.kill('SIGINT')
  const { code, stdout } = await running.ended
  assert.equal(code, 0)
  assert.match(stdout, /^0 requests: .* 3 lost on purpose/)
  assert.deepEqual(witness.seen, [])
})

test('a key that nothing can be signed with is refused before anything happens', async (t) => {
  const root = await installationOf(t, 'telnyx')
  const { verify } = newSecret(providers.telnyx)
  const { code, stderr } = await posthorn(root, ['simulate', 'telnyx', '--once', '--events', '1'], {
    TELNYX_SECRET: verify,
    TELNYX_SECRET_SIGNING_KEY: 'no key at all',
  })
  assert.equal(code, 2, stderr)
  assert.match(stderr, /^Source telnyx cannot be signed for: /)
  assert.ok(!stderr.includes('no key at all'))
})
