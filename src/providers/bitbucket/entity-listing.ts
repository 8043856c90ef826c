import { ApiError } from '../api.ts'
import { isJsonObject } from '../json-body.ts'
import { dateOf, idOf, objectOf, textOf } from '../json-field.ts'
import { readListPage } from '../list-page.ts'
import type { EntityListing, ListedEntity } from '../provider.ts'

const STATES = ['OPEN', 'MERGED', 'DECLINED', 'SUPERSEDED'].map((state) => `state=${state}`).join('&')

/** The pull requests of one repository, which is `api.listing`: `/2.0/repositories/team/site`. Bitbucket lists no webhooks. */
export const entityListing: EntityListing = {
  kinds: ['pull_request'],
  needsPlace: true,
  async page(api, { kind, cursor = '1', place }) {
    if (kind !== 'pull_request') throw new ApiError(`Bitbucket lists no ${kind}`, { status: 400 })
    if (place === undefined) {
      throw new ApiError('Bitbucket lists pull requests by repository: set api.listing', { status: 400 })
    }
    const path = `${place}/pullrequests?pagelen=50&sort=id&${STATES}&page=${encodeURIComponent(cursor)}`
    const { entries, answer } = await readListPage(api, path, ({ values }) => values)
    const following = pageOf(answer['next'])
    return { entities: entries.flatMap(toListedEntity), ...(following !== undefined && { next: following }) }
  },
}

/** The address of the next page is told whole, but it is this host's word where our credential goes. */
const pageOf = (next: unknown): string | undefined => {
  const url = textOf(next)
  return url !== undefined && URL.canParse(url) ? (new URL(url).searchParams.get('page') ?? undefined) : undefined
}

/** Lists leave out reviewers and participants, so only what tells a change is compared. */
function toListedEntity(entry: unknown): ListedEntity[] {
  if (!isJsonObject(entry)) return []
  const { id, state, updated_on: updatedOn, destination } = entry
  const fullName = textOf(objectOf(objectOf(destination)['repository'])['full_name'])
  const number = idOf(id)
  if (fullName === undefined || number === undefined) return []
  return [
    {
      entity: { kind: 'pull_request', id: `${fullName}/${number}` },
      state: { id, state, updated_on: updatedOn },
      changedAt: dateOf(updatedOn),
    },
  ]
}
