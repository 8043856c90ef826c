import type { Source } from '../../providers/source.ts'
import type { Pool } from '../../storage/pool.ts'
import { registerSources } from '../../storage/sources.ts'

/** Makes the sources known to the database, and returns them with when each was connected. */
export async function connectSources(pool: Pool, sources: readonly Source[]): Promise<Source[]> {
  const rows = sources.map(({ provider, ...source }) => ({ ...source, provider: provider.name }))
  const connectedAt = await registerSources(pool, rows)
  return sources.map((source) => {
    const since = connectedAt.get(source.id)
    return since === undefined ? source : { ...source, connectedAt: since }
  })
}
