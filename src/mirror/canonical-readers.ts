import type { EventRef } from '../domain/event.ts'
import { type ProviderApi, createProviderApi } from '../providers/api.ts'
import type { CanonicalRead, CanonicalReader } from '../providers/provider.ts'
import type { Source } from '../providers/source.ts'

/** Canonical reads of every source, each with its own credential. */
export interface CanonicalReaders {
  /**
   * What the provider says now about the event's entity.
   * @throws ApiError, or Error when the event has no entity or the source no API.
   */
  read(event: EventRef): Promise<CanonicalRead>
  /**
   * Succeeds while the source's credential works.
   * @throws ApiError
   */
  probe(event: EventRef): Promise<void>
}

export function createCanonicalReaders(sources: ReadonlyMap<string, Source>): CanonicalReaders {
  const clients = new Map<string, ProviderApi>()

  function clientOf(source: Source, reader: CanonicalReader): ProviderApi {
    const known = clients.get(source.id)
    if (known !== undefined) return known
    if (source.api === undefined) {
      throw new Error(`Source "${source.id}" has no API credential: set api.token in posthorn.config.ts`)
    }
    const client = createProviderApi({ baseUrl: source.api.baseUrl, headers: reader.authorize(source.api.token) })
    clients.set(source.id, client)
    return client
  }

  function resolve(event: EventRef) {
    const source = sources.get(event.source)
    if (source === undefined) throw new Error(`Source "${event.source}" is not configured here`)
    const reader = source.provider.canonical
    if ('view' in reader) throw new Error(`${source.provider.name} has no API to read: its verified body is the view`)
    if (event.entity === undefined) throw new Error(`Event ${event.eventId} names no entity to read`)
    // The credential is that account's own: to name it again would ask for what only a platform may do.
    const account = event.account === source.account ? undefined : event.account
    return { reader, api: clientOf(source, reader), entity: event.entity, account }
  }

  return {
    async read(event) {
      const { reader, api, entity, account } = resolve(event)
      return reader.fetch(api, entity, account)
    },
    async probe(event) {
      const { reader, api, entity, account } = resolve(event)
      await reader.probe(api, entity, account)
    },
  }
}
