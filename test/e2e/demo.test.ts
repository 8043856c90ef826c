import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { PROVIDER_NAMES } from '../../src/providers/load-providers.ts'
import { adminQuery } from '../support/admin-query.ts'
import { eventually } from '../support/eventually.ts'
import { writeInstallation } from '../support/installation.ts'
import { runPosthorn } from '../support/posthorn.ts'
import { providers } from '../support/providers.ts'
import { testSetting } from '../support/test-setting.ts'

const BIN = join(import.meta.dirname, '../../bin/posthorn.js')

/** Types the command as a newcomer would, on the servers of the test run. */
function startDemo(...flags: string[]) {
  const child = spawn(process.execPath, [BIN, 'demo', ...flags], {
    env: {
      ...process.env,
      DATABASE_URL: testSetting('databaseUrl'),
      TEMPORAL_ADDRESS: testSetting('temporalAddress'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let progress = ''
  child.stderr.on('data', (chunk: Buffer) => (progress += chunk.toString()))
  const ended = Promise.all([once(child, 'close'), text(child.stdout)]).then(([[code], stdout]) => ({
    code: code as number | null,
    stdout,
    figures: figuresIn(stdout),
  }))
  return { child, ended, progress: () => progress }
}

/** The JSON object in the last line. */
function figuresIn(stdout: string): Record<string, number> | undefined {
  const last = stdout.trimEnd().split('\n').at(-1) ?? ''
  return last.startsWith('{') ? (JSON.parse(last) as Record<string, number>) : undefined
}

async function demoDatabases(): Promise<number> {
  const { rows } = await adminQuery(
    testSetting('databaseUrl'),
    `select from pg_database where datname like 'posthorn_demo_%'`,
  )
  return rows.length
}

test('the demo ends well, and its figures add up', async () => {
  const demo = startDemo('--once', '--events', '60')
  const { code, stdout, figures } = await demo.ended
  assert.equal(code, 0, demo.progress() + stdout)
  assert.deepEqual(Object.keys(figures ?? {}), ['accepted', 'duplicates', 'rejected', 'processed', 'dead', 'recovered'])
  const { accepted = 0, duplicates = 0, rejected = 0, processed = 0, dead = 0, recovered = 0 } = figures ?? {}
  // Some webhooks are lost on purpose; the providers' lists bring back what they would have told.
  assert.ok(accepted < 60 && accepted > 50)
  assert.ok(recovered > 0)
  assert.match(stdout, /5 lost webhooks/)
  assert.ok(duplicates > 0)
  assert.ok(rejected >= 4)
  assert.equal(accepted + recovered, processed + dead)
  assert.equal(dead, 0)
  assert.equal(await demoDatabases(), 0)
})

test('a demo whose provider without a list moved on without a webhook fails its own check', async () => {
  const demo = startDemo('--once', '--events', '20', '--sabotage')
  const { code, stdout, figures } = await demo.ended
  assert.equal(code, 1, demo.progress() + stdout)
  assert.match(stdout, /The mirror is not the truth/)
  assert.ok((figures?.['accepted'] ?? 0) >= 18)
})

test('an interrupted demo takes everything down that it started', async () => {
  const demo = startDemo('--events', '1000')
  const receiver = await eventually(() => /receiver at (\S+),/.exec(demo.progress())?.[1] ?? false, {
    timeoutMs: 60_000,
  })
  assert.equal((await fetch(`${receiver}/webhooks/health`)).status, 200)
  demo.child.kill('SIGINT')
  const { code } = await demo.ended
  assert.equal(code, 130)
  await assert.rejects(fetch(`${receiver}/webhooks/health`))
  assert.equal(await demoDatabases(), 0)
})

/** Nobody but PayPal signs for PayPal. */
const NAMES = PROVIDER_NAMES.filter((name) => name !== 'paypal')
const EVENTS = 200

/** A source of every provider, mirrored where there is anything to mirror. */
function sourceOf(name: (typeof NAMES)[number]): string {
  const variable = (suffix: string): string => `env('${name.toUpperCase().replaceAll('-', '_')}_${suffix}')`
  const api = `api: { token: ${variable('TOKEN')}, baseUrl: ${variable('URL')}, listing: ${variable('PLACE')} },`
  const isRead = 'fetch' in providers[name].canonical
  return `'${name}': { provider: '${name}', secret: ${variable('SECRET')}, ${isRead ? api : ''} mirror: true },`
}

test('every provider is taken in, kept up with and mirrored exactly, through all that befalls its webhooks', async (t) => {
  const root = await writeInstallation(t, {
    'posthorn.config.ts': `import { defineConfig, env } from 'posthorn'
export default defineConfig({ sources: {
${NAMES.map(sourceOf).join('\n')}
} })
`,
  })
  const { code, stdout, stderr } = await runPosthorn(t, ['demo', '--once', '--events', String(EVENTS)], {
    cwd: root,
    env: { DATABASE_URL: testSetting('databaseUrl'), TEMPORAL_ADDRESS: testSetting('temporalAddress') },
  })
  assert.equal(code, 0, stderr + stdout)
  const [, accepted = ''] = /accepted +\d+ +(.*)/.exec(stdout) ?? []
  for (const name of NAMES) assert.match(accepted, new RegExp(`\\b${name} \\d`), accepted)
  assert.match(stdout, /The mirror in Postgres equals what the providers hold/)
})
