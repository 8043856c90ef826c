import { ApiError } from '../api.ts'
import { isJsonObject } from '../json-body.ts'
import { dateOf, objectOf, textOf } from '../json-field.ts'
import { readListPage } from '../list-page.ts'
import type { EntityListing, ListedEntity } from '../provider.ts'
import { API } from './canonical.ts'

const PATH = '/scheduled_events'
const PAGE = 100

/** The meetings of an organization or a user, whichever `api.listing` names: `/organizations/<ID>`. Calendly lists no webhooks. */
export const entityListing: EntityListing = {
  kinds: ['scheduled_event'],
  needsPlace: true,
  async page(api, { kind, cursor, place }) {
    if (kind !== 'scheduled_event') throw new ApiError(`Calendly lists no ${kind}`, { status: 400 })
    const query = new URLSearchParams({ ...ownerOf(place), count: String(PAGE), sort: 'start_time:asc' })
    if (cursor !== undefined) query.set('page_token', cursor)
    const { entries, answer } = await readListPage(api, `${PATH}?${query.toString()}`, ({ collection }) => collection)
    const next = textOf(objectOf(answer['pagination'])['next_page_token'])
    return { entities: entries.flatMap(toListedEntity), ...(next !== undefined && { next }) }
  },
}

/** The API wants the whole address of whoever's they are, also where it is reached at another one. */
function ownerOf(place: string | undefined): Record<string, string> {
  const [, owner] = /^\/(organization|user)s\/[\w-]+$/.exec(place ?? '') ?? []
  if (owner === undefined) {
    throw new ApiError('Calendly lists meetings by organization or user: set api.listing', { status: 400 })
  }
  return { [owner]: `${API}${place}` }
}

function toListedEntity(entry: unknown): ListedEntity[] {
  if (!isJsonObject(entry)) return []
  const { uri, status, updated_at: updatedAt } = entry
  const id = textOf(uri)?.split('/').at(-1)
  if (id === undefined) return []
  const state = { uri, status, updated_at: updatedAt }
  return [{ entity: { kind: 'scheduled_event', id }, state, changedAt: dateOf(updatedAt) }]
}
