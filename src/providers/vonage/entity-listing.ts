import { ApiError } from '../api.ts'
import { isJsonObject, type JsonObject } from '../json-body.ts'
import { dateOf, objectOf, textOf } from '../json-field.ts'
import { readListPage } from '../list-page.ts'
import type { EntityListing } from '../provider.ts'

const PAGE = 100

/** `GET /v1/calls`, by place in the list. Vonage has no list of the webhooks that it sent. */
export const entityListing: EntityListing = {
  kinds: ['call'],
  async page(api, { kind, cursor = '0' }) {
    if (kind !== 'call') throw new ApiError(`Vonage lists no ${kind}`, { status: 400 })
    const query = new URLSearchParams({ page_size: String(PAGE), record_index: cursor, order: 'desc' })
    const callsIn = ({ _embedded: embedded }: JsonObject) => objectOf(embedded)['calls']
    const { entries, answer } = await readListPage(api, `/v1/calls?${query.toString()}`, callsIn)
    const following = Number(cursor) + PAGE
    return {
      entities: entries.filter(isJsonObject).flatMap((call) => {
        const id = textOf(call['uuid'])
        const times = { changedAt: dateOf(call['end_time']), createdAt: dateOf(call['start_time']) }
        return id === undefined ? [] : [{ entity: { kind, id }, state: call, ...times }]
      }),
      ...(following < Number(answer['count']) && { next: String(following) }),
    }
  },
}
