import type { Provider } from '../../providers/provider.ts'
import { fieldsOf, numberIn, ok, pageOf, route, shown } from '../answers.ts'
import { createEntityWorld, type Kind } from '../entity-world.ts'
import type { Random } from '../random.ts'
import type { World } from '../world.ts'

const API = 'https://api.calendly.com'
const ORGANIZATION = '/organizations/AAAAAAAAAAAAAAAA'

const time = (at: Date): string => at.toISOString().replace('Z', '000Z')

/** Meetings are booked and called off; event types are made, changed and deleted. */
export const createCalendlyWorld = (provider: Provider, random: Random): World =>
  createEntityWorld(provider, random, {
    signsTime: true,
    hookPath: ORGANIZATION,
    kinds: { scheduled_event: meeting, event_type: eventType },
    touch: (now) => ({ updated_at: time(now) }),
    tell: ({ type, thing: { kind, fields }, now }) => {
      const { uri, status } = fields
      const invitee = {
        uri: `${String(uri)}/invitees/${random.uuid()}`,
        email: 'ada@example.com',
        name: 'Ada Quist',
        status,
      }
      const payload = kind === 'event_type' ? fields : { ...invitee, rescheduled: false, scheduled_event: fields }
      return { content: { event: type, created_at: time(now), created_by: `${API}/users/BBBBBBBBBBBBBBBB`, payload } }
    },
    read: (url, shelf) =>
      route(url, [
        [
          /\/users\/me/,
          () => ok({ resource: { uri: `${API}/users/BBBBBBBBBBBBBBBB`, current_organization: API + ORGANIZATION } }),
        ],
        [
          /\/(scheduled_event|event_type)s\/([\w-]+)/,
          (kind = '', id = '') => shown(shelf.find(kind, id), (resource) => ({ resource })),
        ],
        [
          /\/scheduled_events/,
          () => {
            const start = numberIn(url.searchParams, 'page_token', 0)
            const { items, next } = pageOf(
              shelf.of('scheduled_event'),
              start,
              numberIn(url.searchParams, 'count', 20, 100),
            )
            const pagination = { count: items.length, next_page_token: next === undefined ? null : String(next) }
            return ok({ collection: fieldsOf(items), pagination })
          },
        ],
      ]),
    explain: (status) => ({ title: 'Refused', message: `Answered ${status}.` }),
  })

const HOUR_MS = 3_600_000

const meeting: Kind = {
  begin({ random, now }) {
    const id = random.uuid()
    const [start, end] = [24, 24.5].map((hours) => time(new Date(now.getTime() + hours * HOUR_MS)))
    const fields = {
      uri: `${API}/scheduled_events/${id}`,
      name: '30 minutes',
      status: 'active',
      start_time: start,
      end_time: end,
    }
    return { id, type: 'invitee.created', fields: { ...fields, created_at: time(now) } }
  },
  steps: { active: [{ type: 'invitee.canceled', changes: () => ({ status: 'canceled' }) }] },
}

const eventType: Kind = {
  begin({ random, now }) {
    const id = random.uuid()
    const fields = { uri: `${API}/event_types/${id}`, name: '30 minutes', active: true, duration: 30 }
    return { id, type: 'event_type.created', fields: { ...fields, created_at: time(now) } }
  },
  stage: () => 'there',
  steps: { there: [{ type: 'event_type.updated', changes: ({ duration }) => ({ duration: Number(duration) + 5 }) }] },
  ends: 'event_type.deleted',
}
