import { ApiError } from '../api.ts'
import { isJsonObject } from '../json-body.ts'
import { dateOf, idOf } from '../json-field.ts'
import { readListPage } from '../list-page.ts'
import type { EntityListing, ListedEntity } from '../provider.ts'
import { API, COLLECTIONS } from './canonical.ts'

/** Of 250 that Shopify permits: an order with many lines has tens of kilobytes, and an answer may have 10 MiB. */
const PAGE = 50

/** Whole collections in the order of IDs. Shopify lists no events; it asks apps to compare objects, as is done here. */
export const entityListing: EntityListing = {
  kinds: Object.keys(COLLECTIONS),
  async page(api, { kind, cursor = '0' }) {
    const collection = Object.hasOwn(COLLECTIONS, kind) ? COLLECTIONS[kind] : undefined
    if (collection === undefined) throw new ApiError(`Shopify lists no ${kind}`, { status: 400 })
    const { name, filter } = collection
    const path = `${API}/${name}.json?limit=${PAGE}&since_id=${encodeURIComponent(cursor)}${filter}`
    const { entries } = await readListPage(api, path, (answer) => answer[name])
    const entities = entries.flatMap((entry) => toListedEntity(kind, entry))
    const last = entities.at(-1)
    return { entities, ...(entries.length === PAGE && last !== undefined && { next: last.entity.id }) }
  },
}

function toListedEntity(kind: string, entry: unknown): ListedEntity[] {
  if (!isJsonObject(entry)) return []
  const id = idOf(entry['id'])
  return id === undefined ? [] : [{ entity: { kind, id }, state: entry, changedAt: dateOf(entry['updated_at']) }]
}
