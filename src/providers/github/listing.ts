import { type ApiAnswer, ApiError, type ProviderApi } from '../api.ts'
import { isJsonObject } from '../json-body.ts'
import { dateOf, idOf, objectOf, textOf } from '../json-field.ts'
import type { EventListing, ListedEvent } from '../provider.ts'

const PAGE = 100
const DAY_MS = 86_400_000

/**
 * What GitHub delivered to one hook, or tried to: `GET <hook>/deliveries`, newest first, three days back. The list cannot be narrowed by
 * time, so older windows lie behind the pages of newer ones. Payloads are read one by one, and only of what is missing.
 */
export const listing: EventListing = {
  horizonMs: 3 * DAY_MS,
  needsPlace: true,
  datedBy: 'sending',
  async page(api, { from, to, cursor, place }) {
    const query = new URLSearchParams({ per_page: String(PAGE), ...(cursor !== undefined && { cursor }) })
    const { json, headers } = await found(api, `${deliveries(place)}?${query.toString()}`)
    if (!Array.isArray(json)) throw new ApiError('GitHub answered no list of deliveries')
    const listed = json.flatMap(toListedEvent)
    const oldest = listed.at(-1)
    const isPast = oldest === undefined || time(oldest) < from.getTime()
    const next = isPast ? undefined : nextCursor(headers)
    return {
      events: listed.filter((event) => time(event) >= from.getTime() && time(event) < to.getTime()),
      ...(next !== undefined && { next }),
    }
  },
  async load(api, { handle = '' }, place) {
    const path = `${deliveries(place)}/${encodeURIComponent(handle)}`
    const { payload } = objectOf(objectOf((await found(api, path)).json)['request'])
    if (!isJsonObject(payload)) throw new ApiError(`GET ${path} holds no payload any more`, { status: 410 })
    return Buffer.from(JSON.stringify(payload))
  },
  async redeliver(api, { handle = '' }, place) {
    const path = `${deliveries(place)}/${encodeURIComponent(handle)}/attempts`
    const { status } = await api.post(path)
    if (status >= 300) throw new ApiError(`POST ${path} answered ${status}`, { status })
  },
}

function deliveries(place: string | undefined): string {
  if (place === undefined) throw new ApiError('GitHub lists deliveries by hook: set api.listing', { status: 400 })
  return `${place}/deliveries`
}

async function found(api: ProviderApi, path: string): Promise<ApiAnswer> {
  const answer = await api.get(path)
  if (answer.status !== 200) throw new ApiError(`GET ${path} answered ${answer.status}`, { status: answer.status })
  return answer
}

/** A redelivery is an entry of its own under the same GUID, which is the event's ID. */
function toListedEvent(entry: unknown): ListedEvent[] {
  const { guid, event, action, id, delivered_at: deliveredAt } = objectOf(entry)
  const [eventId, name, handle, occurredAt] = [textOf(guid), textOf(event), idOf(id), dateOf(deliveredAt)]
  if (eventId === undefined || name === undefined || handle === undefined || occurredAt === undefined) return []
  const suffix = textOf(action)
  return [
    {
      id: eventId,
      type: suffix === undefined ? name : `${name}.${suffix}`,
      occurredAt,
      handle,
      headers: { 'x-github-event': name, 'x-github-delivery': eventId },
    },
  ]
}

const time = ({ occurredAt }: ListedEvent): number => occurredAt?.getTime() ?? 0

/** The cursor of `<…?cursor=v1_123>; rel="next"`. */
function nextCursor(headers: Headers): string | undefined {
  const link = headers
    .get('link')
    ?.split(',')
    .find((one) => one.includes('rel="next"'))
  const url = /<([^>]+)>/.exec(link ?? '')?.[1]
  return url !== undefined && URL.canParse(url) ? (new URL(url).searchParams.get('cursor') ?? undefined) : undefined
}
