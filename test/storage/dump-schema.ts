/** `npm run schema:dump`: writes the schema that the migrations make to test/schema.sql, from a Postgres made for it. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from '../../src/stack/postgres.ts'
import { migrate } from '../../src/storage/migrate.ts'
import { createPool } from '../../src/storage/pool.ts'
import { describeSchema } from './describe-schema.ts'

const directory = await mkdtemp(join(tmpdir(), 'posthorn-schema-'))
// As root, Postgres runs as another user, who has to get to its data.
await chmod(directory, 0o755)
try {
  const postgres = await startPostgres({ directory, port: 0 })
  await migrate(postgres.url)
  const pool = createPool({ url: postgres.url, max: 1, name: 'posthorn-schema', onError: () => undefined })
  await writeFile(join(import.meta.dirname, '../schema.sql'), await describeSchema(pool))
  await pool.end()
  await postgres.stop()
} finally {
  await rm(directory, { recursive: true, force: true })
}
