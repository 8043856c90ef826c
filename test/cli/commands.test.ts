import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, after, before, test } from 'node:test'
import { runProgram } from '../../src/main/program.ts'
import { createInbox } from '../../src/storage/inbox.ts'
import { incomingEvent } from '../storage/incoming-event.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { ORDERS_SECRET, writeInstallation } from '../support/installation.ts'
import { type Ended, runPosthorn } from '../support/posthorn.ts'

let database: TestDatabase
before(async () => {
  database = await createTestDatabase()
})
after(() => database.drop())

const environment = (cwd: string, more: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  DATABASE_URL: database.url,
  ORDERS_WEBHOOK_SECRET: ORDERS_SECRET,
  POSTHORN_CONFIG: join(cwd, 'posthorn.config.ts'),
  ...more,
})

type Answer = Pick<Ended, 'stdout' | 'stderr'> & { code: number | null }

/** The command in a process of its own, as a shell runs it. */
async function shell(t: TestContext, args: string[], more: NodeJS.ProcessEnv = {}): Promise<Answer> {
  const cwd = await writeInstallation(t)
  return runPosthorn(t, args, { cwd, env: environment(cwd, more) })
}

/** The same command in this process, which is quicker. */
async function posthorn(t: TestContext, args: string[], more: NodeJS.ProcessEnv = {}, root?: string): Promise<Answer> {
  const variables = environment(root ?? (await writeInstallation(t)), more)
  let [stdout, stderr] = ['', '']
  const code = await runProgram(args, {
    environment: variables,
    given: variables,
    out: (text) => (stdout += text),
    err: (text) => (stderr += text),
  })
  return { code, stdout, stderr }
}

test('--help lists the commands and is no error', async (t) => {
  const { code, stdout } = await shell(t, ['--help'])
  assert.equal(code, 0)
  for (const command of ['serve', 'work', 'dev', 'demo', 'migrate', 'setup', 'doctor', 'routes', 'sources', 'events']) {
    assert.match(stdout, RegExp(`^  ${command}\\b`, 'm'))
  }
})

test('what commander cannot make sense of ends with 2', async (t) => {
  for (const args of [
    ['routes', '--colour'],
    ['events', '--limit', 'many'],
    ['events', '--state', 'lost'],
    ['replay', 'x'],
  ]) {
    const { code, stderr, stdout } = await posthorn(t, args)
    assert.deepEqual([code, stdout], [2, ''], args.join(' '))
    assert.match(stderr, /^error: /)
  }
  assert.equal((await shell(t, ['frobnicate'])).code, 2)
})

test('settings and configuration that cannot work end with 2, and all problems are named', async (t) => {
  const { code, stderr } = await shell(t, ['sources'], { POSTHORN_PORT: 'x', POSTHORN_LOG_LEVEL: 'loud' })
  assert.equal(code, 2)
  assert.match(stderr, /POSTHORN_PORT must be/)
  assert.match(stderr, /POSTHORN_LOG_LEVEL must be/)
  const missing = await shell(t, ['sources'], { ORDERS_WEBHOOK_SECRET: '', POSTHORN_PROT: '1' })
  assert.equal(missing.code, 2)
  assert.match(missing.stderr, /Set ORDERS_WEBHOOK_SECRET in the environment/)
  assert.match(missing.stdout, /^orders .* missing /m)
  assert.match(missing.stderr, /POSTHORN_PROT is not a setting of Posthorn\. Did you mean POSTHORN_PORT\?/)
})

test('without a configuration file the sentence says where it was looked for', async (t) => {
  const { code, stderr } = await posthorn(t, ['routes'], { POSTHORN_CONFIG: 'elsewhere/posthorn.config.ts' })
  assert.equal(code, 2)
  assert.match(stderr, /elsewhere\/posthorn\.config\.ts does not exist\. Run posthorn in the folder/)
})

test('a project without ES modules is told how to have them', async (t) => {
  const root = await writeInstallation(t, { 'package.json': '{}' })
  const { code, stderr } = await runPosthorn(t, ['routes'], { cwd: root })
  assert.equal(code, 2)
  assert.match(stderr, /Put "type": "module" into the package\.json/)
})

test('an error shows no stack, unless the log level asks for it', async (t) => {
  const env = { DATABASE_URL: '' }
  assert.doesNotMatch((await posthorn(t, ['events'], env)).stderr, /^ {4}at /m)
  assert.match((await posthorn(t, ['events'], { ...env, POSTHORN_LOG_LEVEL: 'debug' })).stderr, /^ {4}at /m)
})

test('version prints what runs here', async (t) => {
  const { code, stdout } = await posthorn(t, ['version', '--json'])
  assert.equal(code, 0)
  assert.deepEqual(Object.keys(JSON.parse(stdout) as object), ['posthorn', 'node', 'temporalSdk'])
})

test('routes prints the table, and compares it with the reviewed one', async (t) => {
  const cwd = await writeInstallation(t)
  const run = (...args: string[]) => posthorn(t, ['routes', ...args], {}, cwd)
  const file = join(cwd, 'routes.txt')
  const printed = await run()
  assert.match(printed.stdout, /^standard-webhooks\/order\.created +orderCreated +workflow +level$/m)
  const { stdout } = await run('--json')
  assert.deepEqual(JSON.parse(stdout), [
    { pattern: 'standard-webhooks/order.created', handler: 'orderCreated', kind: 'workflow', mode: 'level' },
  ])

  await writeFile(file, printed.stdout)
  assert.equal((await run('--check', file)).code, 0)
  await writeFile(file, printed.stdout.replace('orderCreated', 'orderMade'))
  const differing = await run('--check', file)
  assert.equal(differing.code, 1)
  assert.match(differing.stderr, /The routes differ from .*routes\.txt in line 2/)
  assert.equal((await run('--check', 'absent.txt')).code, 1)
})

test('sources prints where to send, and no secret', async (t) => {
  const { stdout } = await posthorn(t, ['sources'])
  assert.match(stdout, /orders +standard-webhooks +http:\/\/localhost:3000\/webhooks\/orders +current/)
  assert.ok(!stdout.includes(ORDERS_SECRET))
})

test('settings prints what is in force, the password masked', async (t) => {
  const { stdout } = await posthorn(t, ['settings', '--json'], { DATABASE_URL: 'postgres://u:sesame@db/p' })
  const shown = JSON.parse(stdout) as { name: string; value?: string; isDefault: boolean }[]
  const valueOf = (name: string) => shown.find((setting) => setting.name === name)
  assert.deepEqual(valueOf('DATABASE_URL')?.value, 'postgres://u:****@db/p')
  assert.equal(valueOf('POSTHORN_PORT')?.isDefault, true)
  assert.equal(valueOf('POSTHORN_BODY_TIMEOUT')?.value, '10s')
})

test('settings --check guards the file that documents them', async (t) => {
  const file = join(await writeInstallation(t), 'example')
  const { code: printed, stdout } = await posthorn(t, ['settings', '--env-example'])
  assert.equal(printed, 0)
  await writeFile(file, stdout)
  assert.equal((await posthorn(t, ['settings', '--check', file])).code, 0)
  await writeFile(file, stdout.replace('3000', '4000'))
  const { code, stderr } = await posthorn(t, ['settings', '--check', file])
  assert.equal(code, 1)
  assert.match(stderr, /posthorn settings --env-example > .*example/)
})

test('events lists the latest first, and replay queues one of them again', async (t) => {
  const pool = database.pool()
  const inbox = createInbox({ pool })
  const park = { state: 'parked', reason: 'schema_mismatch', detail: '' } as const
  await inbox.accept(
    incomingEvent({ source: 'orders', eventId: 'evt_1', type: 'order.created', body: Buffer.from('1') }),
  )
  await inbox.accept(
    incomingEvent({ source: 'orders', eventId: 'evt_2', type: 'order.paid', body: Buffer.from('2'), hold: park }),
  )

  const { stdout, stderr } = await posthorn(t, ['events', '--json'])
  const listed = JSON.parse(stdout) as { eventId: string; state: string; reason: string | null }[]
  assert.deepEqual(
    listed.map(({ eventId, state, reason }) => [eventId, state, reason]),
    [
      ['evt_2', 'parked', 'schema_mismatch'],
      ['evt_1', 'received', null],
    ],
    stderr,
  )
  const filtered = await posthorn(t, ['events', '--state', 'received', '--type', 'order.created', '--source', 'orders'])
  assert.match(filtered.stdout, /evt_1/)
  assert.doesNotMatch(filtered.stdout, /evt_2/)
  assert.match((await posthorn(t, ['events', '--source', 'nobody'])).stdout, /There are no such events/)

  const replayed = await posthorn(t, ['replay', 'orders', 'evt_2', '--reason', 'x', '--json'])
  assert.equal(replayed.code, 0, replayed.stderr)
  assert.deepEqual(JSON.parse(replayed.stdout), { source: 'orders', eventId: 'evt_2', replayed: true, attempt: 1 })
  const again = await posthorn(t, ['replay', 'orders', 'evt_2', '--reason', 'x'])
  assert.deepEqual([again.code, again.stdout], [1, ''])
  assert.match(again.stderr, /queued or open/)
  assert.equal((await posthorn(t, ['replay', 'orders', 'evt_3', '--reason', 'x'])).code, 1)
})

test('a command that needs a database says so, and ends with 3 when it does not answer', async (t) => {
  const unset = await shell(t, ['events'], { DATABASE_URL: '' })
  assert.deepEqual([unset.code, unset.stderr.includes('Set DATABASE_URL')], [2, true])
  const away = await shell(t, ['migrate'], { DATABASE_URL: 'postgres://posthorn@127.0.0.1:1/posthorn' })
  assert.deepEqual([away.code, away.stderr.includes('nothing listens there')], [3, true], away.stderr)
})
