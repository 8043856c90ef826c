import pg from 'pg'

export type Pool = pg.Pool
/** A pool or a client of one: a query that takes an executor can join a transaction. */
export type Executor = Pick<pg.ClientBase, 'query'>

export interface PoolOptions {
  url: string
  /** Connections at most. Ingest, engine and user code each have a pool of their own, so that none starves another. */
  max: number
  /** Shown in pg_stat_activity: `posthorn-ingest`, `posthorn-engine`, … */
  name: string
  /** Told of connections that break while idle; without a listener the process would end. */
  onError: (error: Error) => void
}

export function createPool(options: PoolOptions): Pool {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.max,
    application_name: options.name,
    connectionTimeoutMillis: 3_000,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    // The server gives up first, so that an abandoned statement does not hold its locks.
    statement_timeout: 10_000,
    query_timeout: 12_000,
    lock_timeout: 5_000,
    idle_in_transaction_session_timeout: 15_000,
  })
  pool.on('error', options.onError)
  // The pool listens to connections that are idle. One that breaks while it is lent out fails its query, and would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}

/** Runs `work` between BEGIN and COMMIT on one connection; any error rolls back and is thrown on. */
export async function transaction<T>(pool: Pool, work: (tx: Executor) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query('begin')
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch((rollback: unknown) => {
      broken = rollback as Error
    })
    throw error
  } finally {
    // A connection that could not even roll back must not be lent again.
    client.release(broken)
  }
}
