import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { migrate } from '../../src/storage/migrate.ts'
import { ensurePartitions } from '../../src/storage/partitions.ts'
import { createPool } from '../../src/storage/pool.ts'
import { adminQuery, withDatabase } from './admin-query.ts'

export interface Template {
  name: string
  /** Drops the template and every clone that a test left behind. */
  drop(): Promise<void>
}

/** Migrates one database as a start of Posthorn would, and closes it, so that cloning it never meets an open session. */
export async function createTemplate(adminUrl: string): Promise<Template> {
  const name = `posthorn_test_${randomBytes(4).toString('hex')}`
  await adminQuery(adminUrl, `create database ${name}`)
  const url = withDatabase(adminUrl, name)
  await migrate(url)
  const pool = createPool({ url, max: 1, name: 'posthorn-test', onError: () => undefined })
  await ensurePartitions(pool)
  await pool.end()
  await adminQuery(adminUrl, `alter database ${name} with allow_connections false`)
  return { name, drop: () => dropFamily(adminUrl, name) }
}

/** A clone's name begins with its template's. */
async function dropFamily(adminUrl: string, name: string): Promise<void> {
  const { rows } = await adminQuery(adminUrl, `select datname from pg_database where starts_with(datname, '${name}')`)
  for (const { datname } of rows as { datname: string }[]) {
    await adminQuery(adminUrl, `drop database if exists ${pg.escapeIdentifier(datname)} with (force)`)
  }
}
