import { ApiError } from '../api.ts'
import { isJsonObject } from '../json-body.ts'
import { objectOf, textOf } from '../json-field.ts'
import type { EntityListing } from '../provider.ts'

const PAGE = 100

/** `GET /v1/calls`, by place in the list. Vonage has no list of the webhooks that it sent. */
export const entityListing: EntityListing = {
  kinds: ['call'],
  async page(api, { kind, cursor = '0' }) {
    if (kind !== 'call') throw new ApiError(`Vonage lists no ${kind}`, { status: 400 })
    const query = new URLSearchParams({ page_size: String(PAGE), record_index: cursor, order: 'desc' })
    const { status, json } = await api.get(`/v1/calls?${query.toString()}`)
    if (status !== 200) throw new ApiError(`GET /v1/calls answered ${status}`, { status })
    const calls = objectOf(objectOf(json)['_embedded'])['calls']
    if (!isJsonObject(json) || !Array.isArray(calls)) throw new ApiError('GET /v1/calls answered no list')
    const following = Number(cursor) + PAGE
    return {
      entities: calls.filter(isJsonObject).flatMap((call) => {
        const id = textOf(call['uuid'])
        return id === undefined ? [] : [{ entity: { kind, id }, state: call }]
      }),
      ...(following < Number(json['count']) && { next: String(following) }),
    }
  },
}
