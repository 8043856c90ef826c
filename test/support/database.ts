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
  const adminUrl = testSetting('databaseUrl')
  const template = testSetting('template')
  const name = `${template}_${randomBytes(4).toString('hex')}`
  await adminQuery(adminUrl, `create database ${name} template ${template}`)
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
