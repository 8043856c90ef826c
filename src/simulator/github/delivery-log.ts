import type { ApiReply, Change } from '../world.ts'
import { HOOK_ID, ORGANIZATION } from './organization.ts'

export interface DeliveryLog {
  record(change: Change, status: number | undefined, at: Date): void
  /** `POST …/deliveries/<id>/attempts`: the delivery is sent again, under its GUID. */
  post(url: URL): (ApiReply & { resend?: Change }) | undefined
  /** `GET …/deliveries`: newest first, paged by a cursor in the Link header; and `GET …/deliveries/<id>`. */
  read(url: URL): ApiReply | undefined
}

interface LoggedDelivery {
  id: number
  [field: string]: unknown
}

export const HOOK_PATH = `/orgs/${ORGANIZATION}/hooks/${HOOK_ID}`
const PATH = `${HOOK_PATH}/deliveries`

/** GitHub's own list of what it delivered to a hook, and how that was answered. */
export function createDeliveryLog(): DeliveryLog {
  const deliveries: { summary: LoggedDelivery; change: Change }[] = []
  const seen = new Set<string>()

  return {
    record(change, status, at) {
      const [event, action = null] = change.type.split('.')
      const id = 7_000_000_000 + deliveries.length
      const summary = {
        id,
        guid: change.eventId,
        delivered_at: at.toISOString(),
        redelivery: seen.has(change.eventId),
        duration: 0.01,
        status: statusText(status),
        status_code: status ?? 0,
        event,
        action,
        installation_id: null,
        repository_id: null,
        throttled_at: null,
      }
      seen.add(change.eventId)
      deliveries.unshift({ summary, change })
    },
    post({ pathname }) {
      const [, id] = /^(\d+)\/attempts$/.exec(pathname.slice(PATH.length + 1)) ?? []
      const found = pathname.startsWith(PATH) ? deliveries.find(({ summary }) => String(summary.id) === id) : undefined
      return found && { status: 202, body: {}, resend: found.change }
    },
    read({ pathname, searchParams }) {
      if (pathname === PATH)
        return page(
          deliveries.map(({ summary }) => summary),
          searchParams,
        )
      const id = pathname.startsWith(`${PATH}/`) ? Number(pathname.slice(PATH.length + 1)) : NaN
      const found = deliveries.find(({ summary }) => summary.id === id)
      if (found === undefined) return undefined
      const payload: unknown = JSON.parse(found.change.body.toString())
      return { status: 200, body: { ...found.summary, request: { headers: {}, payload } } }
    },
  }
}

function statusText(status: number | undefined): string {
  if (status === undefined) return 'failed to connect to host'
  return status < 300 ? 'OK' : `Invalid HTTP Response: ${status}`
}

/** The cursor is the ID of the last delivery of the page before. */
function page(newestFirst: readonly LoggedDelivery[], query: URLSearchParams): ApiReply {
  const size = Math.min(Number(query.get('per_page') ?? 30), 100)
  const start = newestFirst.findIndex(({ id }) => String(id) === query.get('cursor')) + 1
  const body = newestFirst.slice(start, start + size)
  const last = body.at(-1)
  if (last === undefined || start + size >= newestFirst.length) return { status: 200, body }
  const next = `<https://api.github.com${PATH}?per_page=${size}&cursor=${last.id}>; rel="next"`
  return { status: 200, body, headers: { link: next } }
}
