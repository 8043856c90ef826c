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

export type NewRouteTable = Omit<RouteTableVersion, 'version'>

/** The deployed table; undefined before the first deployment. */
export async function deployedRouteTable(executor: Executor): Promise<RouteTableVersion | undefined> {
  const { rows } = await executor.query<RouteTableVersion>(
    'select version::integer, hash, routes from posthorn.route_tables order by version desc limit 1',
  )
  return rows[0]
}

/** Makes a table the deployed one. Dispatchers with another table stop claiming with their next statement. */
export const deployRouteTable = (pool: Pool, table: NewRouteTable): Promise<{ deployed: boolean }> =>
  alone(pool, (tx) => deploy(tx, table))

/** The same for a program that may be the older one: undefined, and nothing done, where another table has taken the place of its own. */
export const deployUnlessSuperseded = (pool: Pool, table: NewRouteTable): Promise<{ deployed: boolean } | undefined> =>
  alone(pool, async (tx) => ((await isSuperseded(tx, table.hash)) ? undefined : deploy(tx, table)))

/** One deployment at a time: what it has looked at holds until it commits. */
const alone = <T>(pool: Pool, work: (tx: Executor) => Promise<T>): Promise<T> =>
  transaction(pool, async (tx) => {
    await tx.query('lock table posthorn.route_tables in share row exclusive mode')
    return work(tx)
  })

async function deploy(tx: Executor, table: NewRouteTable): Promise<{ deployed: boolean }> {
  const current = await deployedRouteTable(tx)
  if (current?.hash === table.hash) return { deployed: false }
  await tx.query('insert into posthorn.route_tables (hash, routes) values ($1, $2)', [
    table.hash,
    JSON.stringify(table.routes),
  ])
  return { deployed: true }
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
