import { isJsonObject, type JsonObject } from '../json-body.ts'
import { dateOf, objectOf, textOf } from '../json-field.ts'
import { readListPage } from '../list-page.ts'
import type { EventListing, ListedEvent } from '../provider.ts'
import { envelopeOf } from './identify.ts'

const PAGE = 100
const DAY_MS = 86_400_000

/**
 * `GET /v2/webhook_deliveries`: what Telnyx delivered, or gave up delivering, by the time of the first attempt, with the event whole.
 * How long it keeps them is not documented; three days is what we rely on.
 */
export const listing: EventListing = {
  horizonMs: 3 * DAY_MS,
  datedBy: 'sending',
  async page(api, { from, to, cursor = '1' }) {
    const query = new URLSearchParams({
      'filter[started_at][gte]': from.toISOString(),
      'filter[started_at][lte]': to.toISOString(),
      'page[number]': cursor,
      'page[size]': String(PAGE),
    })
    const path = `/v2/webhook_deliveries?${query.toString()}`
    const { entries, answer } = await readListPage(api, path, ({ data }) => data)
    const pages = Number(objectOf(answer['meta'])['total_pages'])
    const events = entries.filter(isJsonObject).flatMap(toListedEvent)
    return { events, ...(Number(cursor) < pages && { next: String(Number(cursor) + 1) }) }
  },
}

/**
 * Under the time that the list goes by. Asked for by one clock and sorted by another, what happened before the border of two windows and
 * was sent after it would be in neither of them.
 */
function toListedEvent(delivery: JsonObject): ListedEvent[] {
  const event = objectOf(delivery['webhook'])
  const [id, sentAt] = [textOf(event['id']), dateOf(delivery['started_at'])]
  if (id === undefined || textOf(event['event_type']) === undefined) return []
  const { occurredAt: _, ...envelope } = envelopeOf(event)
  const body = Buffer.from(JSON.stringify({ data: event }))
  return [{ ...envelope, id, body, ...(sentAt !== undefined && { occurredAt: sentAt }) }]
}
