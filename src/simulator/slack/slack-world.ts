import type { Provider } from '../../providers/provider.ts'
import { fieldsOf, numberIn, ok, pageOf, route } from '../answers.ts'
import { createEntityWorld, type Happening, type Kind, type Shelf, type Thing } from '../entity-world.ts'
import type { Random } from '../random.ts'
import { seconds } from '../sample.ts'
import type { Fields, Step } from '../step.ts'
import type { ApiReply, World } from '../world.ts'

const TEAM = 'T061EG9R6'
const CREATOR = 'U061F7AUR'
const LOBBY = 'C061EG9SL'

/** A workspace: channels and people come and change, messages are posted, edited and deleted. */
export function createSlackWorld(provider: Provider, random: Random): World {
  let posts = 0
  const world = createEntityWorld(provider, random, {
    signsTime: true,
    kinds: {
      channel,
      user,
      message: {
        ...message,
        begin({ now }) {
          posts += 1
          const ts = `${seconds(now)}.${String(posts).padStart(6, '0')}`
          return {
            id: `${LOBBY}/${ts}`,
            type: 'message',
            fields: { type: 'message', user: CREATOR, text: `On my way, ${random.hex(6)}.`, ts },
          }
        },
      },
    },
    tell: (happening) => {
      const { now } = happening
      const event = { ...eventOf(happening), event_ts: `${seconds(now)}.000100` }
      const id = `Ev${random.token(9).toUpperCase()}`
      const envelope = { token: 'legacy', team_id: TEAM, api_app_id: 'A0FFV41KK', type: 'event_callback' }
      return { eventId: id, content: { ...envelope, event_id: id, event_time: seconds(now), event } }
    },
    read: (url, shelf) => callMethod(url, shelf),
    // Slack answers nearly everything with 200, but not what comes too often.
    explain: (status) => ({ ok: false, error: status === 401 ? 'invalid_auth' : 'fatal_error' }),
  })
  return world
}

/** What the event says within its envelope. */
function eventOf({ type, thing: { kind, id, fields } }: Happening): Fields {
  if (kind === 'user') return { type, user: fields }
  if (kind === 'channel') return { type, channel: type.endsWith('archive') ? id : fields }
  const [channelId] = id.split('/')
  if (type === 'message') return { ...fields, channel: channelId, channel_type: 'channel' }
  const subtype = type.slice('message.'.length)
  const common = { type: 'message', subtype, channel: channelId, ts: fields['ts'] }
  return subtype === 'message_deleted' ? { ...common, deleted_ts: fields['ts'] } : { ...common, message: fields }
}

const refused = (error: string): ApiReply => ok({ ok: false, error })

const held = (name: string, thing: Thing | undefined, otherwise: string): ApiReply =>
  thing === undefined ? refused(otherwise) : ok({ ok: true, [name]: thing.fields })

function callMethod(url: URL, shelf: Shelf): ApiReply | undefined {
  const { searchParams: query } = url
  const given = (name: string): string => query.get(name) ?? ''
  return route(url, [
    [
      /\/api\/conversations\.info/,
      () =>
        given('channel') === LOBBY
          ? ok({ ok: true, channel: { id: LOBBY, name: 'lobby' } })
          : held('channel', shelf.find('channel', given('channel')), 'channel_not_found'),
    ],
    [/\/api\/users\.info/, () => held('user', shelf.find('user', given('user')), 'user_not_found')],
    [
      /\/api\/conversations\.replies/,
      () => {
        const found = shelf.find('message', `${given('channel')}/${given('ts')}`)
        return found === undefined ? refused('thread_not_found') : ok({ ok: true, messages: [found.fields] })
      },
    ],
    [/\/api\/conversations\.list/, () => list('channels', shelf.of('channel'), query)],
    [/\/api\/users\.list/, () => list('members', shelf.of('user'), query)],
  ])
}

function list(name: string, things: readonly Thing[], query: URLSearchParams): ApiReply {
  const start = Number(Buffer.from(query.get('cursor') ?? '', 'base64').toString() || 0)
  const { items, next } = pageOf(things, start, numberIn(query, 'limit', 100, 1000))
  const cursor = next === undefined ? '' : Buffer.from(String(next)).toString('base64')
  return ok({ ok: true, [name]: fieldsOf(items), response_metadata: { next_cursor: cursor } })
}

const change = (type: string, changes: Step['changes']): Step => ({
  type,
  changes: (thing, moment) => ({ ...changes(thing, moment), updated: moment.now.getTime() }),
})

const channel: Kind = {
  begin({ random, now }) {
    const id = `C${random.token(8).toUpperCase()}`
    const fields = { id, name: `room-${random.hex(4)}`, created: seconds(now), creator: CREATOR, is_archived: false }
    return { id, type: 'channel_created', fields: { ...fields, updated: now.getTime() } }
  },
  stage: ({ is_archived: isArchived }) => (isArchived === true ? 'archived' : 'open'),
  steps: {
    open: [
      change('channel_rename', (_channel, { random }) => ({ name: `room-${random.hex(4)}` })),
      change('channel_archive', () => ({ is_archived: true })),
    ],
    archived: [change('channel_unarchive', () => ({ is_archived: false }))],
  },
}

const user: Kind = {
  begin({ random, now }) {
    const id = `U${random.token(8).toUpperCase()}`
    const fields = { id, team_id: TEAM, name: `ada-${random.hex(4)}`, deleted: false, title: '' }
    return { id, type: 'team_join', fields: { ...fields, updated: seconds(now) } }
  },
  stage: () => 'there',
  steps: {
    there: [
      {
        type: 'user_change',
        changes: (_user, { random, now }) => ({ title: `Desk ${random.hex(6)}`, updated: seconds(now) }),
      },
    ],
  },
}

const message: Omit<Kind, 'begin'> = {
  stage: () => 'there',
  steps: {
    there: [
      {
        type: 'message.message_changed',
        changes: (_message, { random }) => ({ text: `Nearly there, ${random.hex(6)}.` }),
      },
    ],
  },
  ends: 'message.message_deleted',
}
