import type { Fields } from '../step.ts'
import { type Family, type SampleBook, type SampleFacts, seconds } from '../sample.ts'

const TEAM = 'T061EG9R6'
const USER = 'U061F7AUR'
const CHANNEL = 'C061EG9SL'
const APP = 'A0FFV41KK'

const ts = ({ now }: SampleFacts): string => `${seconds(now)}.${String(now.getTime() % 1000).padStart(3, '0')}100`

/** What the Events API wraps around an event. */
const callback =
  (write: (facts: SampleFacts) => Fields): Family =>
  (facts) => ({
    token: 'legacy-token-of-the-app',
    team_id: TEAM,
    api_app_id: APP,
    event: { ...write(facts), event_ts: ts(facts) },
    type: 'event_callback',
    event_id: facts.id,
    event_time: seconds(facts.now),
    authorizations: [{ team_id: TEAM, user_id: USER, is_bot: true }],
  })

const channel = { id: CHANNEL, name: 'deliveries', created: 1_735_689_600, creator: USER }
const user = { id: USER, team_id: TEAM, name: 'ada', real_name: 'Ada Quist', deleted: false }
const posted = (facts: SampleFacts): Fields => ({ channel: CHANNEL, user: USER, text: 'On my way.', ts: ts(facts) })

const file =
  (type: string) =>
  ({ random }: SampleFacts): Fields => {
    const id = `F${random.token(8).toUpperCase()}`
    return { type, file_id: id, file: { id }, user_id: USER }
  }

const EVENTS: Readonly<Record<string, (facts: SampleFacts) => Fields>> = {
  app_mention: (facts) => ({ type: 'app_mention', ...posted(facts), text: '<@U0LAN0Z89> status?' }),
  channel_archive: () => ({ type: 'channel_archive', channel: CHANNEL, user: USER }),
  channel_created: () => ({ type: 'channel_created', channel }),
  channel_deleted: () => ({ type: 'channel_deleted', channel: CHANNEL }),
  channel_rename: () => ({ type: 'channel_rename', channel }),
  channel_unarchive: () => ({ type: 'channel_unarchive', channel: CHANNEL, user: USER }),
  file_created: file('file_created'),
  file_deleted: file('file_deleted'),
  file_shared: file('file_shared'),
  member_joined_channel: () => ({ type: 'member_joined_channel', user: USER, channel: CHANNEL, team: TEAM }),
  member_left_channel: () => ({ type: 'member_left_channel', user: USER, channel: CHANNEL, team: TEAM }),
  message: (facts) => ({ type: 'message', ...posted(facts), channel_type: 'channel' }),
  'message.message_changed': (facts) => ({
    type: 'message',
    subtype: 'message_changed',
    channel: CHANNEL,
    ts: ts(facts),
    message: { type: 'message', ...posted(facts), text: 'On my way!' },
  }),
  'message.message_deleted': (facts) => ({
    type: 'message',
    subtype: 'message_deleted',
    channel: CHANNEL,
    ts: ts(facts),
    deleted_ts: ts(facts),
  }),
  'message.thread_broadcast': (facts) => ({ type: 'message', subtype: 'thread_broadcast', ...posted(facts) }),
  reaction_added: (facts) => reaction('reaction_added', facts),
  reaction_removed: (facts) => reaction('reaction_removed', facts),
  team_join: () => ({ type: 'team_join', user }),
  user_change: () => ({ type: 'user_change', user }),
}

function reaction(type: string, facts: SampleFacts): Fields {
  const item = { type: 'message', channel: CHANNEL, ts: ts(facts) }
  return { type, user: USER, reaction: 'thumbsup', item, item_user: USER }
}

/** A trigger is good for one invocation, and is its ID. Interactions stand as JSON in the field of a form. */
const interaction =
  (type: string, own: Fields): Family =>
  ({ id, now }) =>
    new URLSearchParams({
      payload: JSON.stringify({
        type,
        team: { id: TEAM, domain: 'acme' },
        user: { id: USER, username: 'ada', team_id: TEAM },
        api_app_id: APP,
        trigger_id: id,
        action_ts: String(seconds(now)),
        ...own,
      }),
    })

const view = { id: 'VNHU13V36', type: 'modal', hash: '156663117.cd33ad1f', callback_id: 'order', state: { values: {} } }
const RESPONSE = `https://hooks.slack.com/actions/${TEAM}/397700885554/96rGlfmibIGlgcZRskXaIFfN`

const command: Family = ({ id }, name) =>
  new URLSearchParams({
    token: 'legacy-token-of-the-app',
    team_id: TEAM,
    team_domain: 'acme',
    channel_id: CHANNEL,
    user_id: USER,
    user_name: 'ada',
    command: name === '' ? '/' : `/${name}`,
    text: 'today',
    api_app_id: APP,
    response_url: RESPONSE.replace('actions', 'commands'),
    trigger_id: id,
  })

export const samples: SampleBook = {
  newId: (random) => `Ev${random.token(9).toUpperCase()}`,
  families: {
    ...Object.fromEntries(Object.entries(EVENTS).map(([type, write]) => [type, callback(write)])),
    block_actions: interaction('block_actions', {
      response_url: RESPONSE,
      channel: { id: CHANNEL },
      actions: [{ type: 'button', action_id: 'approve', block_id: 'b1', value: '1' }],
    }),
    message_action: interaction('message_action', { callback_id: 'order', response_url: RESPONSE }),
    shortcut: interaction('shortcut', { callback_id: 'order' }),
    slash_command: command,
    view_closed: interaction('view_closed', { view, is_cleared: false }),
    view_submission: interaction('view_submission', { view }),
  },
  // An app names its commands.
  open: ['slash_command'],
}
