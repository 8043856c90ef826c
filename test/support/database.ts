import { randomBytes } from 'node:crypto'
import { createPool, type Pool, type PoolOptions } from '../../src/storage/pool.ts'
import { adminQuery, withDatabase } from './admin-query.ts'
import { testSetting } from './test-setting.ts'

export interface TestDatabase {
  url: string
  /** A new pool on it, ended by `drop`. */
  pool(options?: Partial<PoolOptions>): Pool
  /** Ends the pools and drops the database, whoever is still connected. */
  drop(): Promise<void>
}

/** A migrated, empty database for one test file: call in `before`, and `drop` it in `after`. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const template = testSetting('template')
  const name = `${template}_${randomBytes(4).toString('hex')}`
  return createDatabase(testSetting('databaseUrl'), name, ` template ${template}`)
}

/** An empty database, not migrated, on a server of the test's own. */
export const createDatabaseOn = (adminUrl: string): Promise<TestDatabase> =>
  createDatabase(adminUrl, `posthorn_test_${randomBytes(4).toString('hex')}`)

/** A copy as of now. Whoever is connected is cut off for it. */
export async function copyDatabase(database: TestDatabase): Promise<TestDatabase> {
  const name = new URL(database.url).pathname.slice(1)
  const adminUrl = testSetting('databaseUrl')
  await adminQuery(adminUrl, `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`)
  return createDatabase(adminUrl, `${name}_copy`, ` template ${name}`)
}

async function createDatabase(adminUrl: string, name: string, how = ''): Promise<TestDatabase> {
  await adminQuery(adminUrl, `create database ${name}${how}`)
  const url = withDatabase(adminUrl, name)
  const pools: Pool[] = []
  return {
    url,
    pool: (options = {}) => {
      const pool = createPool({ url, max: 4, name: 'posthorn-test', onError: () => undefined, ...options })
      pools.push(pool)
      return pool
    },
    drop: async () => {
      await Promise.all(pools.map(async (pool) => pool.ended || (await pool.end())))
      await adminQuery(adminUrl, `drop database ${name} with (force)`)
    },
  }
}
