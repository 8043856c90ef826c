import { ApiError } from '../api.ts'
import { isJsonObject } from '../json-body.ts'
import { dateOf, objectOf, textOf } from '../json-field.ts'
import type { EntityListing, ListedEntity } from '../provider.ts'

const KINDS = ['data_source', 'page']
const PAGE = 100

/** What is shared with the connection, by search, the latest edits first. Notion lists no events. */
export const entityListing: EntityListing = {
  kinds: KINDS,
  async page(api, { kind, cursor }) {
    if (!KINDS.includes(kind)) throw new ApiError(`Notion lists no ${kind}`, { status: 400 })
    const { status, json } = await api.post('/v1/search', {
      filter: { property: 'object', value: kind },
      sort: { timestamp: 'last_edited_time', direction: 'descending' },
      page_size: PAGE,
      ...(cursor !== undefined && { start_cursor: cursor }),
    })
    if (status !== 200) throw new ApiError(`POST /v1/search answered ${status}`, { status })
    const { results, has_more: hasMore, next_cursor: nextCursor } = objectOf(json)
    if (!Array.isArray(results)) throw new ApiError('POST /v1/search answered no list')
    const next = hasMore === true ? textOf(nextCursor) : undefined
    return { entities: results.flatMap((entry) => toListedEntity(kind, entry)), ...(next !== undefined && { next }) }
  },
}

function toListedEntity(kind: string, entry: unknown): ListedEntity[] {
  if (!isJsonObject(entry)) return []
  const { id, last_edited_time: editedAt } = entry
  const entityId = textOf(id)
  if (entityId === undefined) return []
  const state = { id: entityId, last_edited_time: editedAt }
  return [{ entity: { kind, id: entityId }, state, changedAt: dateOf(editedAt) }]
}
