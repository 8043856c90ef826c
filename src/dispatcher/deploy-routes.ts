import type { Pool } from '../storage/pool.ts'
import { type NewRouteTable, deployRouteTable, deployUnlessSuperseded } from '../storage/route-tables.ts'
import type { RouteTable } from './route-table.ts'

export interface Deployment {
  hash: string
  /** False when the table was the deployed one already. */
  deployed: boolean
}

/** Makes the table the deployed one, whatever is deployed now: what a person who deploys, or rolls back, asks for. */
export async function deployRoutes(pool: Pool, table: RouteTable): Promise<Deployment> {
  return { hash: table.hash, ...(await deployRouteTable(pool, toNew(table))) }
}

const toNew = ({ hash, routes }: RouteTable): NewRouteTable => ({ hash, routes: [...routes] })

/**
 * What a worker does at its start: a table that was never seen is a new deployment, one that another has replaced belongs to an
 * older program, which must not take over again just because it was restarted. Undefined for the latter.
 */
export async function takeOverRoutes(pool: Pool, table: RouteTable): Promise<Deployment | undefined> {
  const result = await deployUnlessSuperseded(pool, toNew(table))
  return result && { hash: table.hash, ...result }
}
