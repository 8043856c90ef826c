import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startApiServer } from '../../src/simulator/api-server.ts'
import { createWorlds } from '../../src/simulator/simulator.ts'
import { createTestDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { writeInstallation } from '../support/installation.ts'
import { runPosthorn, startPosthorn } from '../support/posthorn.ts'
import { connectTemporal, createNamespace } from '../support/temporal.ts'

const CONFIG = `
import { defineConfig, env } from 'posthorn'

export default defineConfig({
  sources: {
    shop: {
      provider: 'stripe',
      secret: env('SHOP_SECRET'),
      api: { token: env('SHOP_KEY'), baseUrl: env('SHOP_API') },
      connectedAt: '2026-01-01T00:00:00Z',
    },
    orders: { provider: 'standard-webhooks', secret: env('SHOP_SECRET') },
  },
})
`

test('an operator compares a source with its list, sees the ledger, and is told what cannot be', async (t) => {
  const database = await createTestDatabase()
  t.after(() => database.drop())
  const { connection, address, close } = await connectTemporal()
  t.after(close)
  const worlds = createWorlds('command')
  const slowness = { delayMs: 0 }
  const api = await startApiServer({ worlds, token: 'key', fault: () => slowness })
  t.after(() => api.stop())
  const world = worlds.find(({ provider }) => provider.name === 'stripe')
  const at = new Date(Date.now() - 600_000)
  const changes = Array.from({ length: 130 }, () => world?.change(at))

  const cwd = await writeInstallation(t, { 'posthorn.config.ts': CONFIG })
  const env = {
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: await createNamespace(connection),
    POSTHORN_OPERATOR: 'ada',
    SHOP_SECRET: `whsec_${'s'.repeat(40)}`,
    SHOP_KEY: 'key',
    SHOP_API: api.baseUrl('stripe'),
  }
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await runPosthorn(t, [...args, '--json'], { cwd, env })
    return { code, stderr, json: stdout === '' ? undefined : (JSON.parse(stdout) as Record<string, unknown>) }
  }
  const setUp = await run('setup')
  assert.ok((setUp.json?.['changes'] as string[]).includes('schedule reconcile/shop created'), setUp.stderr)
  const worker = startPosthorn(t, ['work'], { cwd, env })
  await worker.logged('worker.running')

  const backfill = await run('reconcile', 'backfill', 'shop', '--from', '1h')
  assert.equal(backfill.code, 0, backfill.stderr)
  const { windows, listed, recovered, doubtful } = backfill.json ?? {}
  assert.deepEqual([windows, listed, recovered, doubtful], [1, changes.length, changes.length, 0])
  const { rows } = await database.pool().query('select actor, action from posthorn.audit_log')
  assert.deepEqual(rows, [{ actor: 'ada', action: 'reconcile.backfill' }])

  const [window] = (await run('reconcile', 'coverage', '--source', 'shop')).json as unknown as Record<string, unknown>[]
  assert.deepEqual([window?.['origin'], window?.['listed'], window?.['state']], ['operator', changes.length, 'open'])
  const status = (await run('reconcile', 'status')).json as unknown as Record<string, unknown>[]
  assert.deepEqual(
    status.map(({ source, compares }) => [source, compares]),
    [
      ['shop', 'events'],
      ['orders', 'nothing'],
    ],
  )
  assert.equal((status[0]?.['schedule'] as { paused: boolean }).paused, false)

  assert.equal((await run('reconcile', 'run', 'nobody')).code, 2)
  assert.equal((await run('reconcile', 'backfill', 'shop')).code, 2)
  assert.equal((await run('reconcile', 'cancel', 'shop')).code, 1)
  const orders = await run('reconcile', 'run', 'orders', '--from', '2h')
  assert.deepEqual([orders.code, orders.json?.['windows'], orders.json?.['unlisted']], [1, 0, 1])
  const unproven = (await run('reconcile', 'coverage', '--unproven', '--source', 'orders')).json as unknown as object[]
  assert.equal((unproven[0] as { doubt: string }).doubt, 'no_list')

  assert.equal((await run('reconcile', 'believe-deletions', 'shop')).code, 2, 'not without a reason')
  const believed = await run('reconcile', 'believe-deletions', 'shop', '--reason', 'a clean-up')
  assert.ok(Date.parse(believed.json?.['until'] as string) > Date.now() + 3_500_000, believed.stderr)
  const told = await database.pool().query('select reason from posthorn.audit_log where action like $1', ['%believe%'])
  assert.deepEqual(told.rows, [{ reason: 'a clean-up' }])

  const again = ['reconcile', 'run', 'shop', '--from', new Date(at.getTime() - 60_000).toISOString()]
  slowness.delayMs = 5_000
  const left = (await run(...again, '--detach')).json?.['asked'] as { from: string; to: string }
  await eventually(async () => {
    const waiting = await database.pool().query('select from posthorn.listings')
    assert.equal(waiting.rowCount, 1)
  })
  const cancelled = await run('reconcile', 'cancel', 'shop')
  assert.equal(cancelled.code, 0, cancelled.stderr)
  slowness.delayMs = 0
  const { code, json } = await run(...again)
  assert.deepEqual(
    [code, json?.['windows'], json?.['listed'], json?.['from'], json?.['to']],
    [...[0, 1, changes.length], ...[left.from, left.to]],
  )
})
