import assert from 'node:assert/strict'
import { test } from 'node:test'
import { measureReconcile } from '../../bench/reconcile/measure-reconcile.ts'
import { createTestDatabase } from '../support/database.ts'
import { connectTemporal, createNamespace } from '../support/temporal.ts'

test('a worker killed in the middle of a list: the next one reads on where it was, and recovers exactly what is missing', async (t) => {
  const database = await createTestDatabase()
  t.after(() => database.drop())
  const { connection, address, close } = await connectTemporal()
  t.after(close)
  const servers = {
    databaseUrl: database.url,
    temporalAddress: address,
    temporalNamespace: await createNamespace(connection),
  }
  const measured = await measureReconcile({
    servers,
    events: 6_000,
    missingEvery: 50,
    isBuilt: false,
    progress: () => undefined,
  })
  assert.equal(measured.pages, 60)
  assert.equal(measured.recovered, 120)
  // The one that was under way.
  assert.ok(measured.pages_read_again <= 1, `${measured.pages_read_again} pages were read again`)
})
