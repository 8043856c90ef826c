import { ApiError } from '../api.ts'
import { isJsonObject } from '../json-body.ts'
import { dateOf, idOf } from '../json-field.ts'
import { readListPage } from '../list-page.ts'
import type { EntityListing } from '../provider.ts'

const PAGE = 100

/** `GET /messages` of the classic API, newest first, by place in the list: what arrives meanwhile shifts it, so that some come twice. */
export const entityListing: EntityListing = {
  kinds: ['message'],
  async page(api, { kind, cursor = '0' }) {
    if (kind !== 'message') throw new ApiError(`MessageBird lists no ${kind}`, { status: 400 })
    const path = `/messages?limit=${PAGE}&offset=${encodeURIComponent(cursor)}`
    const { entries, answer } = await readListPage(api, path, ({ items }) => items)
    const following = Number(cursor) + PAGE
    return {
      entities: entries.filter(isJsonObject).flatMap((message) => {
        const id = idOf(message['id'])
        const createdAt = dateOf(message['createdDatetime'])
        return id === undefined ? [] : [{ entity: { kind, id }, state: message, createdAt }]
      }),
      ...(following < Number(answer['totalCount']) && { next: String(following) }),
    }
  },
}
