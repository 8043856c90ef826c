import { createCanonicalReaders } from '../../src/mirror/canonical-readers.ts'
import { NotFoundYetError } from '../../src/mirror/absence.ts'
import { createMirrorEntity } from '../../src/mirror/mirror-entity.ts'
import { createProviderApi } from '../../src/providers/api.ts'
import type { ListedEntity, Provider } from '../../src/providers/provider.ts'
import { mirrorDifferences } from '../../src/simulator/mirror-differences.ts'
import { readMirror } from '../../src/storage/overview.ts'
import { DAY_MS, TOKEN, type ReconcilerStage } from './stage.ts'

/** Does what the dispatcher and the mirror's runs do: every queued event has its entity read. Returns how many there were. */
export async function mirrorQueued({ pool, source }: ReconcilerStage): Promise<number> {
  const sources = new Map([[source.id, source]])
  const access = {
    api: () => createProviderApi({ baseUrl: source.api?.baseUrl ?? '', headers: { authorization: `Bearer ${TOKEN}` } }),
  }
  const readers = createCanonicalReaders(sources, access)
  const mirror = createMirrorEntity({ pool, sources, readers, onHalt: () => undefined })
  const { rows } = await pool.query<{ key: string; event_id: string; type: string; kind: string; id: string }>(
    `with taken as (delete from posthorn.queue returning key)
     select e.key, e.event_id, e.type, e.entity_kind as kind, e.entity_id as id from posthorn.events e join taken using (key)`,
  )
  for (const { key, event_id: eventId, type, kind, id } of rows) {
    const event = {
      ...{ schemaVersion: 1 as const, kit: 1 as const, handler: 'mirror', attempt: 1, receivedAt: '' },
      ...{ key, eventId, type, source: source.id, provider: source.provider.name, entity: { kind, id } },
    }
    await mirror(event, 1).catch(async (error: unknown) => {
      if (!(error instanceof NotFoundYetError)) throw error
      await mirror(event, 3)
    })
  }
  return rows.length
}

/** What waits in the queue, and of what kind it is. */
export async function queued({
  pool,
}: ReconcilerStage): Promise<{ state: string; handler: string | null; count: number }[]> {
  const { rows } = await pool.query<{ state: string; handler: string | null; count: number }>(
    `select e.state, q.handler, q.priority, count(*)::integer as count
     from posthorn.queue q join posthorn.events e using (key) group by 1, 2, 3 order by 1`,
  )
  return rows
}

/** Mirrored behind all other work, and nothing else. */
export const HISTORY = { state: 'ignored', handler: 'mirror', priority: 2 }

export function entityOf({ body }: { body: Buffer }): string {
  const { data } = JSON.parse(String(body)) as { data: { call_id?: string; sms_id?: string } }
  return data.call_id ?? data.sms_id ?? ''
}

export type List = NonNullable<ReconcilerStage['source']['provider']['entityListing']>

/** A list that shows nothing for as long as it is not shown. */
export const shownOnly = (isShown: () => boolean, list: List): List => ({
  ...list,
  page: (api, request) => (isShown() ? list.page(api, request) : Promise.resolve({ entities: [] })),
})

/** A provider whose list shows its entities otherwise. */
export const showing = (provider: Provider, show: (entity: ListedEntity) => ListedEntity): Provider => ({
  ...provider,
  ...(provider.entityListing && {
    entityListing: {
      ...provider.entityListing,
      page: async (...asked: Parameters<List['page']>) => {
        const page = await (provider.entityListing as List).page(...asked)
        return { ...page, entities: page.entities.map(show) }
      },
    },
  }),
})

/** The list does not say when something has changed. */
export const undated = (provider: Provider) => showing(provider, ({ changedAt: _, createdAt: __, ...shown }) => shown)

/** The list says when something came to be. */
export const datedByCreation = (provider: Provider) =>
  showing(provider, ({ changedAt: _, createdAt: __, ...shown }) => ({
    ...shown,
    createdAt: new Date(Date.now() - DAY_MS),
  }))

export const differences = async ({ pool, world }: ReconcilerStage): Promise<string[]> =>
  mirrorDifferences(world.truth(), await readMirror(pool))
