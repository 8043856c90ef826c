import { z, type ZodType } from 'zod'

const text = z.string().min(1)
const ts = z.string().regex(/^\d+\.\d+$/)

const callback = <Event extends z.ZodRawShape>(event: Event) =>
  z.looseObject({ event_id: text, event_time: z.int(), event: z.looseObject({ type: text, ...event }) })

const message = callback({ channel: text, ts })
const posted = callback({ channel: text, user: text, ts, text: z.string() })
const reaction = callback({ user: text, reaction: text, item: z.looseObject({ type: text }) })
const channelObject = callback({ channel: z.looseObject({ id: text, name: text }) })
const channelId = callback({ channel: text })
const userObject = callback({ user: z.looseObject({ id: text }) })
const file = callback({ file_id: text })

const command = z.looseObject({
  command: text,
  text: z.string(),
  user_id: text,
  response_url: z.url(),
  trigger_id: text,
})
const user = z.looseObject({ id: text })
const view = z.looseObject({ id: text })

export const schemas: Readonly<Record<string, ZodType>> = {
  app_mention: posted,
  block_actions: z.looseObject({ user, actions: z.array(z.looseObject({ type: text })).min(1), trigger_id: text }),
  channel_archive: channelId,
  channel_created: channelObject,
  channel_deleted: channelId,
  channel_rename: channelObject,
  channel_unarchive: channelId,
  file_created: file,
  file_deleted: file,
  file_shared: file,
  member_joined_channel: callback({ user: text, channel: text }),
  member_left_channel: callback({ user: text, channel: text }),
  message: posted.extend({ event: posted.shape.event.partial({ user: true, text: true }) }),
  'message.message_changed': callback({ channel: text, message: z.looseObject({ ts }) }),
  'message.message_deleted': callback({ channel: text, deleted_ts: ts }),
  'message.thread_broadcast': message,
  message_action: z.looseObject({ user, callback_id: text, trigger_id: text }),
  reaction_added: reaction,
  reaction_removed: reaction,
  shortcut: z.looseObject({ user, callback_id: text, trigger_id: text }),
  slash_command: command,
  team_join: userObject,
  user_change: userObject,
  view_closed: z.looseObject({ user, view }),
  view_submission: z.looseObject({ user, view }),
}
