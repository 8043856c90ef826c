import { ApiError } from '../api.ts'
import { isJsonObject } from '../json-body.ts'
import { dateOf, idOf } from '../json-field.ts'
import { readListPage } from '../list-page.ts'
import type { EntityListing, ListedEntity } from '../provider.ts'

/** By kind: its collection, and the fields that may hold the ID, best first. */
const COLLECTIONS: Readonly<Record<string, { path: string; ids: readonly string[] }>> = {
  call: { path: '/v1/calls', ids: ['call_id', 'id'] },
  sms: { path: '/v1/sms', ids: ['sms_id', 'message_id', 'id'] },
  agent: { path: '/v1/agents', ids: ['agent_id', 'id'] },
}
const PAGE = 100

/**
 * The guide names no list of events, only "our REST API". Assumed, like the canonical reads: one list for each collection, in the order
 * of creation, a page of `limit` after the ID in `after`, with `has_more`.
 */
export const entityListing: EntityListing = {
  kinds: Object.keys(COLLECTIONS),
  async page(api, { kind, cursor }) {
    const collection = Object.hasOwn(COLLECTIONS, kind) ? COLLECTIONS[kind] : undefined
    if (collection === undefined) throw new ApiError(`Team-Connect lists no ${kind}`, { status: 400 })
    const query = new URLSearchParams({ limit: String(PAGE), ...(cursor !== undefined && { after: cursor }) })
    const path = `${collection.path}?${query.toString()}`
    const { entries, answer } = await readListPage(api, path, ({ data }) => data)
    const entities = entries.flatMap((entry) => toListedEntity(kind, collection.ids, entry))
    const last = entities.at(-1)
    return { entities, ...(answer['has_more'] === true && last !== undefined && { next: last.entity.id }) }
  },
}

function toListedEntity(kind: string, ids: readonly string[], entry: unknown): ListedEntity[] {
  if (!isJsonObject(entry)) return []
  const [id] = ids.flatMap((field) => idOf(entry[field]) ?? [])
  // A call that is completed gets its recording and its transcript later.
  const times = {
    changedAt: dateOf(entry['updated_at']),
    createdAt: dateOf(entry['started_at'] ?? entry['completed_at']),
  }
  return id === undefined ? [] : [{ entity: { kind, id }, state: entry, ...times }]
}
