import { isJsonObject } from '../json-body.ts'
import { dateOf, textOf } from '../json-field.ts'
import { readListPage } from '../list-page.ts'
import type { EventListing, ListedEvent } from '../provider.ts'

const DAY_MS = 86_400_000
const PAGE = 100

/**
 * `GET /v1/events`, newest first. It reaches 30 days back and holds the snapshot events of the account itself: thin events have a list
 * of their own, and so has each connected account.
 */
export const listing: EventListing = {
  horizonMs: 30 * DAY_MS,
  covers: ({ type, account }) => !type.startsWith('v2.') && account === undefined,
  async page(api, { from, to, cursor }) {
    const query = new URLSearchParams({
      limit: String(PAGE),
      'created[gte]': unixSeconds(from),
      'created[lt]': unixSeconds(to),
      ...(cursor !== undefined && { starting_after: cursor }),
    })
    const { entries, answer } = await readListPage(api, `/v1/events?${query.toString()}`, ({ data }) => data)
    const events = entries.flatMap(toListedEvent)
    const last = events.at(-1)
    return { events, ...(answer['has_more'] === true && last !== undefined && { next: last.id }) }
  },
}

/** The list holds whole events, and their text is what a webhook would have carried. It is made only of those that are missing. */
function toListedEvent(entry: unknown): ListedEvent[] {
  if (!isJsonObject(entry)) return []
  const [id, type, occurredAt] = [textOf(entry['id']), textOf(entry['type']), dateOf(entry['created'])]
  if (id === undefined || type === undefined || occurredAt === undefined) return []
  return [
    {
      id,
      type,
      occurredAt,
      get body() {
        return Buffer.from(JSON.stringify(entry, null, 2))
      },
    },
  ]
}

/** Stripe's times are whole seconds: what is created within a second is listed with its beginning. */
const unixSeconds = (time: Date): string => String(Math.floor(time.getTime() / 1000))
