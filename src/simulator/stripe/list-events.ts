import type { ApiReply } from '../world.ts'
import { listOf, type StripeObject } from './stripe-objects.ts'

/** `GET /v1/events`: newest first, by time and type, paged with `starting_after`. */
export function listEvents(events: readonly StripeObject[], query: URLSearchParams): ApiReply {
  const limit = Math.min(Number(query.get('limit') ?? 10), 100)
  const isCreatedWithin = (created: number): boolean =>
    created >= bound(query, 'gte', -Infinity) &&
    created > bound(query, 'gt', -Infinity) &&
    created <= bound(query, 'lte', Infinity) &&
    created < bound(query, 'lt', Infinity)
  const types = [...query.getAll('types[]'), ...query.getAll('type')]
  const newestFirst = events.toReversed()
  // Without a cursor findIndex gives -1, and the page starts with the first.
  const start = newestFirst.findIndex((event) => event.id === query.get('starting_after')) + 1
  const matching = newestFirst.slice(start).filter((event) => {
    return isCreatedWithin(Number(event['created'])) && (types.length === 0 || types.includes(String(event['type'])))
  })
  return { status: 200, body: listOf('/v1/events', matching.slice(0, limit), matching.length > limit) }
}

const bound = (query: URLSearchParams, name: string, otherwise: number): number =>
  Number(query.get(`created[${name}]`) ?? otherwise)
