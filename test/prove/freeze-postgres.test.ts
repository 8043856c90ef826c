import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { freezePostgres } from '../../src/main/prove/freeze-postgres.ts'
import { startPostgres } from '../../src/stack/postgres.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

test('a frozen Postgres answers nobody, also not who was let in before, until it is woken', async (t) => {
  const postgres = await startPostgres({ directory: await temporaryDirectory(t), port: 0 })
  t.after(() => postgres.stop())
  const session = new pg.Client({ connectionString: postgres.url })
  await session.connect()
  const thaw = await freezePostgres(postgres)
  const answered = session.query<{ answer: number }>('select 42 as answer')
  assert.equal(await Promise.race([answered, delay(500, 'silence')]), 'silence')
  thaw()
  assert.deepEqual((await answered).rows, [{ answer: 42 }])
  await session.end()
})
