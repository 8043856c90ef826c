import { ApiError } from '../api.ts'
import { isJsonObject } from '../json-body.ts'
import { dateOf, textOf } from '../json-field.ts'
import { readListPage } from '../list-page.ts'
import type { EntityListing, ListedEntity } from '../provider.ts'

/** By kind: the collection, which the list is also named by in its answer. */
const COLLECTIONS: Readonly<Record<string, string>> = { call: 'Calls', message: 'Messages' }
const PAGE = 1000

/**
 * `GET <api.listing>/Messages.json`, newest first, where that is the account: `/2010-04-01/Accounts/AC…`. Twilio has no list of the callbacks that it made. A change is
 * dated in seconds only, so that the listed state itself is compared.
 */
export const entityListing: EntityListing = {
  kinds: Object.keys(COLLECTIONS),
  needsPlace: true,
  async page(api, { kind, cursor, place }) {
    const collection = Object.hasOwn(COLLECTIONS, kind) ? COLLECTIONS[kind] : undefined
    if (collection === undefined) throw new ApiError(`Twilio lists no ${kind}`, { status: 400 })
    if (place === undefined) throw new ApiError('Twilio lists by account: set api.listing', { status: 400 })
    const path = `${place}/${collection}.json?${cursor ?? `PageSize=${PAGE}`}`
    const name = collection.toLowerCase()
    const { entries, answer } = await readListPage(api, path, (page) => page[name])
    const next = textOf(answer['next_page_uri'])?.split('?')[1]
    return {
      entities: entries.flatMap((entry) => toListedEntity(kind, entry)),
      ...(next !== undefined && { next }),
    }
  },
}

function toListedEntity(kind: string, entry: unknown): ListedEntity[] {
  if (!isJsonObject(entry)) return []
  const [account, sid] = [textOf(entry['account_sid']), textOf(entry['sid'])]
  if (account === undefined || sid === undefined) return []
  return [{ entity: { kind, id: `${account}/${sid}` }, state: entry, changedAt: dateOf(entry['date_updated']) }]
}
