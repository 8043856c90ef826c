import type { Executor } from './pool.ts'

export interface SourceRow {
  id: string
  provider: string
  name: string
  tenant?: string
  account?: string
  /** Bodies go as soon as their event is finished, and not with their day. */
  storeBodies?: 'until_done'
  /** Overrides when the source was first seen. */
  connectedAt?: Date
}

/**
 * Makes the sources known and returns since when each is connected, by ID: older events are its baseline.
 * @throws Error when an ID was used for another provider: stored events would change their meaning.
 */
export async function registerSources(executor: Executor, sources: SourceRow[]): Promise<Map<string, Date>> {
  const connected = new Map<string, Date>()
  for (const source of sources) {
    const { rows } = await executor.query<{ provider: string; connected_at: Date }>(
      `insert into posthorn.sources as known (id, provider, name, tenant, account, connected_at, store_bodies)
       values ($1, $2, $3, $4, $5, coalesce($6, now()), $7)
       on conflict (id) do update set name = excluded.name, tenant = excluded.tenant, account = excluded.account,
         connected_at = coalesce($6, known.connected_at), store_bodies = excluded.store_bodies
       returning provider, connected_at`,
      [
        source.id,
        source.provider,
        source.name,
        source.tenant ?? null,
        source.account ?? null,
        source.connectedAt ?? null,
        source.storeBodies ?? 'retention',
      ],
    )
    const [row] = rows
    if (row?.provider !== source.provider) {
      throw new Error(
        `Source "${source.id}" holds events of ${row?.provider}. Give the ${source.provider} source another ID in posthorn.config.ts.`,
      )
    }
    connected.set(source.id, row.connected_at)
  }
  return connected
}

/** Since when a source is connected; undefined where it never was. */
export async function readConnectedAt(executor: Executor, source: string): Promise<Date | undefined> {
  const { rows } = await executor.query<{ connected_at: Date }>(
    'select connected_at from posthorn.sources where id = $1',
    [source],
  )
  return rows[0]?.connected_at
}
