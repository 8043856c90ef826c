import { purposeOf } from '../domain/call-purpose.ts'
import type { EventRef } from '../domain/event.ts'
import type { ProviderAccess } from '../provider-access/provider-access.ts'
import type { CanonicalRead } from '../providers/provider.ts'
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

export function createCanonicalReaders(
  sources: ReadonlyMap<string, Source>,
  access: Pick<ProviderAccess, 'api'>,
): CanonicalReaders {
  function resolve(event: EventRef) {
    const source = sources.get(event.source)
    if (source === undefined) throw new Error(`Source "${event.source}" is not configured here`)
    const reader = source.provider.canonical
    if ('view' in reader) throw new Error(`${source.provider.name} has no API to read: its verified body is the view`)
    if (event.entity === undefined) throw new Error(`Event ${event.eventId} names no entity to read`)
    // The credential is that account's own: to name it again would ask for what only a platform may do.
    const account = event.account === source.account ? undefined : event.account
    const api = access.api(source, purposeOf(event))
    return { reader, api, entity: event.entity, account }
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
