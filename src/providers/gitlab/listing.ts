import { VerificationError } from '../../domain/errors.ts'
import { ApiError } from '../api.ts'
import { isJsonObject, type JsonObject } from '../json-body.ts'
import { dateOf, idOf, objectOf } from '../json-field.ts'
import { readListPage } from '../list-page.ts'
import type { EventListing, ListedEvent } from '../provider.ts'
import { envelopeOf } from './identify.ts'

/** GitLab gives no more at once. */
const PAGE = 20
const DAY_MS = 86_400_000

/**
 * What one hook sent: `GET <hook>/events`, newest first, seven days back. It cannot be narrowed by time. Payloads come along, unless
 * they were too large to be kept; GitLab can still be asked to send those again, five times in a minute.
 */
export const listing: EventListing = {
  horizonMs: 7 * DAY_MS,
  needsPlace: true,
  datedBy: 'sending',
  async page(api, { from, to, cursor = '1', place }) {
    const path = `${eventsOf(place)}?per_page=${PAGE}&page=${encodeURIComponent(cursor)}`
    const page = await readListPage(api, path)
    const entries = page.entries.map((entry) => ({ entry, time: timeOf(entry) }))
    const oldest = entries.at(-1)
    const isLast = entries.length < PAGE || oldest === undefined || oldest.time < from
    return {
      events: entries.filter(({ time }) => time >= from && time < to).flatMap(({ entry }) => toListedEvent(entry)),
      ...(!isLast && { next: String(Number(cursor) + 1) }),
    }
  },
  async redeliver(api, { handle = '' }, place) {
    const path = `${eventsOf(place)}/${encodeURIComponent(handle)}/resend`
    const { status } = await api.post(path)
    if (status >= 300) throw new ApiError(`POST ${path} answered ${status}`, { status })
  },
}

function eventsOf(place: string | undefined): string {
  if (place === undefined) throw new ApiError('GitLab lists events by hook: set api.listing', { status: 400 })
  return `${place}/events`
}

/** Without it nobody can say which window an event belongs to, and none of them may count as covered. */
function timeOf(entry: unknown): Date {
  const time = dateOf(objectOf(entry)['created_at'])
  if (time === undefined) throw new ApiError('This GitLab lists events without their time', { status: 400 })
  return time
}

/** Every attempt is an entry of its own; those of one event share its ID. */
function toListedEvent(entry: unknown): ListedEvent[] {
  const { id, request_headers: sent, request_data: data, created_at: createdAt } = objectOf(entry)
  const headers = telling(objectOf(sent))
  const handle = idOf(id)
  const isKept = isJsonObject(data) && data['oversize'] !== true
  const envelope = readEnvelope(headers, isKept ? data : {})
  const occurredAt = dateOf(createdAt)
  if (envelope?.id === undefined || handle === undefined || occurredAt === undefined) return []
  return [
    {
      ...envelope,
      id: envelope.id,
      occurredAt,
      handle,
      headers,
      ...(isKept && { body: Buffer.from(JSON.stringify(data)) }),
    },
  ]
}

const TELLING = ['idempotency-key', 'webhook-id', 'x-gitlab-event']

/** Only what `identify` reads: the token stands redacted among the others. */
const telling = (headers: JsonObject): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]): [string, string][] =>
      TELLING.includes(name.toLowerCase()) && typeof value === 'string' ? [[name.toLowerCase(), value]] : [],
    ),
  )

function readEnvelope(headers: Record<string, string>, data: JsonObject): ReturnType<typeof envelopeOf> | undefined {
  try {
    return envelopeOf(headers, data)
  } catch (error) {
    if (error instanceof VerificationError) return undefined
    throw error
  }
}
