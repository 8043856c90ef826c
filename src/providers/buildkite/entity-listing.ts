import { ApiError } from '../api.ts'
import { isJsonObject } from '../json-body.ts'
import { readListPage } from '../list-page.ts'
import { dateOf } from '../json-field.ts'
import type { EntityListing, ListedEntity } from '../provider.ts'
import { subjectOf } from './subject.ts'

const PAGE = 100

/**
 * The builds below `api.listing`, an organization or one of its pipelines: `/v2/organizations/acme/pipelines/shop`. Buildkite lists no
 * webhooks.
 */
export const entityListing: EntityListing = {
  kinds: ['build'],
  needsPlace: true,
  async page(api, { kind, cursor = '1', place }) {
    if (kind !== 'build') throw new ApiError(`Buildkite lists no ${kind}`, { status: 400 })
    if (place === undefined) throw new ApiError('Buildkite lists by organization: set api.listing', { status: 400 })
    const path = `${place}/builds?per_page=${PAGE}&page=${encodeURIComponent(cursor)}`
    const { entries, headers } = await readListPage(api, path)
    const isLast = !headers.get('link')?.includes('rel="next"')
    return { entities: entries.flatMap(toListedEntity), ...(!isLast && { next: String(Number(cursor) + 1) }) }
  },
}

/** Lists show the jobs of a build as they were a moment ago; what tells that it has changed is enough. */
function toListedEntity(entry: unknown): ListedEntity[] {
  if (!isJsonObject(entry)) return []
  const { id, state, blocked, finished_at: finishedAt } = entry
  const { entity } = subjectOf('build', { build: entry })
  const times = { changedAt: dateOf(finishedAt), createdAt: dateOf(entry['created_at']) }
  return entity === undefined ? [] : [{ entity, state: { id, state, blocked, finished_at: finishedAt }, ...times }]
}
