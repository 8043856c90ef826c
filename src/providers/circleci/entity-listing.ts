import { ApiError, type ProviderApi } from '../api.ts'
import { isJsonObject, type JsonObject } from '../json-body.ts'
import { textOf } from '../json-field.ts'
import { readListPage } from '../list-page.ts'
import type { EntityListing, ListedEntity } from '../provider.ts'

/**
 * The workflows of one project, which is `api.listing`: `/api/v2/project/gh/acme/shop`. Only pipelines can be listed, so that each page of
 * them costs a call for each pipeline on it. CircleCI lists no webhooks.
 */
export const entityListing: EntityListing = {
  kinds: ['workflow'],
  needsPlace: true,
  async page(api, { kind, cursor, place }) {
    if (kind !== 'workflow') throw new ApiError(`CircleCI lists no ${kind}`, { status: 400 })
    if (place === undefined) throw new ApiError('CircleCI lists by project: set api.listing', { status: 400 })
    const pipelines = await readPage(api, `${place}/pipeline`, cursor)
    const entities: ListedEntity[] = []
    for (const pipeline of pipelines.items) entities.push(...(await workflowsOf(api, pipeline)))
    return { entities, ...(pipelines.next !== undefined && { next: pipelines.next }) }
  },
}

async function workflowsOf(api: ProviderApi, pipeline: JsonObject): Promise<ListedEntity[]> {
  const path = `/api/v2/pipeline/${encodeURIComponent(textOf(pipeline['id']) ?? '')}/workflow`
  const entities: ListedEntity[] = []
  let next: string | undefined
  do {
    const page = await readPage(api, path, next)
    entities.push(...page.items.flatMap(toListedEntity))
    next = page.next
  } while (next !== undefined)
  return entities
}

async function readPage(
  api: ProviderApi,
  path: string,
  token: string | undefined,
): Promise<{ items: JsonObject[]; next: string | undefined }> {
  const query = token === undefined ? '' : `?page-token=${encodeURIComponent(token)}`
  const { entries, answer } = await readListPage(api, path + query, ({ items }) => items)
  return { items: entries.filter(isJsonObject), next: textOf(answer['next_page_token']) }
}

function toListedEntity({ id, status, stopped_at: stoppedAt, project_slug: slug }: JsonObject): ListedEntity[] {
  const [project, workflow] = [textOf(slug), textOf(id)]
  if (project === undefined || workflow === undefined) return []
  return [
    {
      entity: { kind: 'workflow', id: `${project}/${workflow}` },
      state: { id: workflow, status, stopped_at: stoppedAt },
    },
  ]
}
