import { ApiError, type ProviderApi } from '../api.ts'
import { isJsonObject, type JsonObject } from '../json-body.ts'
import { dateOf, textOf } from '../json-field.ts'
import { readListPage } from '../list-page.ts'
import type { EntityListing, ListedEntity } from '../provider.ts'

/**
 * The workflows of one project, which is `api.listing`: `/api/v2/project/gh/acme/shop`. Only pipelines can be listed, and each of them
 * costs a call for its workflows. A page here is one call, so that a small budget or a slow API delays the list and does not stop it.
 * The cursor holds the pipelines that are left, and last the token of the page behind them. CircleCI lists no webhooks.
 */
export const entityListing: EntityListing = {
  kinds: ['workflow'],
  needsPlace: true,
  async page(api, { kind, cursor = '', place }) {
    if (kind !== 'workflow') throw new ApiError(`CircleCI lists no ${kind}`, { status: 400 })
    if (place === undefined) throw new ApiError('CircleCI lists by project: set api.listing', { status: 400 })
    const pipelines = cursor.split(' ')
    const token = pipelines.pop() ?? ''
    const [pipeline, ...left] = pipelines
    if (pipeline === undefined) {
      const { items, next } = await readPage(api, `${place}/pipeline`, token)
      return { entities: [], ...cursorOf(items.map(idOf), next) }
    }
    const [id = '', from = ''] = pipeline.split('?')
    const { items, next } = await readWorkflows(api, id, from)
    const more = next === '' ? [] : [`${id}?${next}`]
    return { entities: items.flatMap(toListedEntity), ...cursorOf([...more, ...left], token) }
  },
}

const idOf = ({ id }: JsonObject): string => encodeURIComponent(textOf(id) ?? '')

const cursorOf = (pipelines: string[], token: string): { next?: string } =>
  pipelines.length === 0 && token === '' ? {} : { next: [...pipelines, token].join(' ') }

/** None of a pipeline that is gone since it was listed. */
async function readWorkflows(api: ProviderApi, pipeline: string, token: string): ReturnType<typeof readPage> {
  try {
    return await readPage(api, `/api/v2/pipeline/${pipeline}/workflow`, token)
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return { items: [], next: '' }
    throw error
  }
}

/** Tokens are kept as they stand in a URL; empty: the first page, and none behind it. */
async function readPage(api: ProviderApi, path: string, token: string): Promise<{ items: JsonObject[]; next: string }> {
  const query = token === '' ? '' : `?page-token=${token}`
  const { entries, answer } = await readListPage(api, path + query, ({ items }) => items)
  return { items: entries.filter(isJsonObject), next: encodeURIComponent(textOf(answer['next_page_token']) ?? '') }
}

function toListedEntity({ id, status, project_slug: slug, ...times }: JsonObject): ListedEntity[] {
  const { created_at: createdAt, stopped_at: stoppedAt } = times
  const [project, workflow] = [textOf(slug), textOf(id)]
  if (project === undefined || workflow === undefined) return []
  return [
    {
      entity: { kind: 'workflow', id: `${project}/${workflow}` },
      state: { id: workflow, status, stopped_at: stoppedAt },
      changedAt: dateOf(stoppedAt),
      createdAt: dateOf(createdAt),
    },
  ]
}
