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

/** Unrouted events this recent are offered again when a route for them appears; older ones are a person's to replay. */
const OFFER_AGAIN_HOURS = 72

/**
 * Makes a table the deployed one and offers recent unrouted events that it has a route for. Dispatchers with another table stop
 * claiming with their next statement.
 */
export async function deployRouteTable(
  pool: Pool,
  table: { hash: string; routes: PublishedRoute[]; wants: (provider: string, type: string) => boolean },
): Promise<{ deployed: boolean; offered: number }> {
  return transaction(pool, async (tx) => {
    await tx.query('lock table posthorn.route_tables in share row exclusive mode')
    const current = await deployedRouteTable(tx)
    if (current?.hash === table.hash) return { deployed: false, offered: 0 }
    await tx.query('insert into posthorn.route_tables (hash, routes) values ($1, $2)', [
      table.hash,
      JSON.stringify(table.routes),
    ])
    return { deployed: true, offered: await offerUnrouted(tx, table.wants) }
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

async function offerUnrouted(tx: Executor, wants: (provider: string, type: string) => boolean): Promise<number> {
  const { rows } = await tx.query<{ provider: string; type: string }>(
    'select distinct provider, type from posthorn.unrouted',
  )
  const wanted = rows.filter((row) => wants(row.provider, row.type))
  if (wanted.length === 0) return 0
  const { rowCount } = await tx.query(
    `with wanted as (select * from json_to_recordset($1) as w(provider text, type text)),
     offered as (
       delete from posthorn.unrouted u using wanted w
       where u.provider = w.provider and u.type = w.type and u.received_at > now() - $2 * interval '1 hour'
       returning u.key),
     received as (
       update posthorn.events e set state = 'received', state_at = now()
       from offered where e.key = offered.key and e.state = 'unrouted' returning e.source, e.key)
     insert into posthorn.queue (source, key) select source, key from received`,
    [JSON.stringify(wanted), OFFER_AGAIN_HOURS],
  )
  return rowCount ?? 0
}
