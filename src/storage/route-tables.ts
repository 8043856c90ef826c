import { type Executor, type Pool, transaction } from './pool.ts'

/** One row of a route table, as it is published. */
export interface PublishedRoute {
  pattern: string
  handler: string
  workflowType: string
}

export interface RouteTableVersion {
  version: number
  hash: string
  routes: PublishedRoute[]
}

/** The deployed table; undefined before the first deployment. */
export async function deployedRouteTable(executor: Executor): Promise<RouteTableVersion | undefined> {
  const { rows } = await executor.query<RouteTableVersion>(
    'select version::integer, hash, routes from posthorn.route_tables order by version desc limit 1',
  )
  return rows[0]
}

/** Makes a table the deployed one. Dispatchers with another table stop claiming with their next statement. */
export async function deployRouteTable(
  pool: Pool,
  table: { hash: string; routes: PublishedRoute[] },
): Promise<{ deployed: boolean }> {
  return transaction(pool, async (tx) => {
    await tx.query('lock table posthorn.route_tables in share row exclusive mode')
    const current = await deployedRouteTable(tx)
    if (current?.hash === table.hash) return { deployed: false }
    await tx.query('insert into posthorn.route_tables (hash, routes) values ($1, $2)', [
      table.hash,
      JSON.stringify(table.routes),
    ])
    return { deployed: true }
  })
}

/** Whether this hash was deployed before and another has taken its place: then its holder is the older program. */
export async function isSuperseded(executor: Executor, hash: string): Promise<boolean> {
  const { rows } = await executor.query<{ superseded: boolean }>(
    `select exists (select 1 from posthorn.route_tables where hash = $1)
       and $1 <> (select hash from posthorn.route_tables order by version desc limit 1) as superseded`,
    [hash],
  )
  return rows[0]?.superseded ?? false
}
