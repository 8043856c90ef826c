import { ApiError } from '../api.ts'
import { isJsonObject } from '../json-body.ts'
import { dateOf, textOf } from '../json-field.ts'
import { readListPage } from '../list-page.ts'
import type { EventListing, ListedEvent } from '../provider.ts'

const PATH = '/v1/notifications/webhooks-events'
const PAGE = 100
const DAY_MS = 86_400_000

/** The app's own events as it was or would have been notified of them, whole and under their IDs, for about a month. */
export const listing: EventListing = {
  horizonMs: 30 * DAY_MS,
  async page(api, { from, to, cursor }) {
    const query = new URLSearchParams({ page_size: String(PAGE), start_time: seconds(from), end_time: seconds(to) })
    const path = `${PATH}?${cursor ?? query.toString()}`
    const { entries, answer } = await readListPage(api, path, ({ events }) => events ?? [])
    const next = entries.length === 0 ? undefined : nextQuery(answer['links'])
    return { events: entries.flatMap(toListedEvent), ...(next !== undefined && { next }) }
  },
  async redeliver(api, { id }) {
    const path = `${PATH}/${encodeURIComponent(id)}/resend`
    const { status } = await api.post(path, {})
    if (status >= 300) throw new ApiError(`POST ${path} answered ${status}`, { status })
  },
}

function toListedEvent(entry: unknown): ListedEvent[] {
  if (!isJsonObject(entry)) return []
  const [id, type, occurredAt] = [
    textOf(entry['id']),
    textOf(entry['event_type']),
    dateOf(textOf(entry['create_time'])),
  ]
  if (id === undefined || type === undefined || occurredAt === undefined) return []
  return [{ id, type, occurredAt, body: Buffer.from(JSON.stringify(entry)) }]
}

/** The query of the link to the next page: only that of it which cannot lead elsewhere. */
function nextQuery(links: unknown): string | undefined {
  const next = (Array.isArray(links) ? links : []).find(
    (link) => isJsonObject(link) && link['rel'] === 'next',
  ) as unknown
  const href = isJsonObject(next) ? textOf(next['href']) : undefined
  return href !== undefined && URL.canParse(href) ? new URL(href).search.slice(1) : undefined
}

const seconds = (time: Date): string => time.toISOString().replace(/\.\d+Z$/, 'Z')
