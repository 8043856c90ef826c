import { ApiError } from '../api.ts'
import { isJsonObject } from '../json-body.ts'
import type { CanonicalReader } from '../provider.ts'
import { restReader } from '../rest-reader.ts'

/** Shopify keeps a version for a year and answers later calls with the oldest that it still has. */
export const API = '/admin/api/2026-07'

/** By kind: the collection, and what its list must be asked for so that it holds everything. */
export const COLLECTIONS: Readonly<Record<string, { name: string; filter: string }>> = {
  customer: { name: 'customers', filter: '' },
  draft_order: { name: 'draft_orders', filter: '' },
  order: { name: 'orders', filter: '&status=any' },
  product: { name: 'products', filter: '' },
}

/** The REST Admin API, whose objects are those of the webhooks. Each shop has a host: `https://<shop>.myshopify.com`. */
const reader = restReader({
  baseUrl: '',
  authorize: (token) => ({ 'x-shopify-access-token': token }),
  paths: Object.fromEntries(
    Object.entries(COLLECTIONS).map(([kind, { name, filter }]) => [
      kind,
      (id: string) => ({
        read: `${API}/${name}/${encodeURIComponent(id)}.json`,
        probe: `${API}/${name}.json?limit=1${filter}`,
      }),
    ]),
  ),
})

export const canonical: CanonicalReader = {
  ...reader,
  async fetch(api, entity, account) {
    if (!/^\d+$/.test(entity.id))
      throw new ApiError(`Shopify has no ${entity.kind} ${JSON.stringify(entity.id)}`, { status: 400 })
    const read = await reader.fetch(api, entity, account)
    return read.found ? { ...read, state: unwrapped(read.state, entity.kind) } : read
  },
}

/** `{"order":{…}}`, as an answer wraps what it holds. */
const unwrapped = (state: unknown, kind: string): unknown =>
  isJsonObject(state) && isJsonObject(state[kind]) ? state[kind] : state
