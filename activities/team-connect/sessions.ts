import { type EventRef, activity, ignored, processed } from 'posthorn/activity'
import { liveCallOf } from './live-calls.ts'

/** Starts the clock of a session. The call is its key: an event that comes again starts no second one. */
export const openSession = activity('providerRead', ({ canonical, db }) => async (event: EventRef) => {
  const call = liveCallOf(await canonical(event))
  if (!call?.answered_at) return ignored('call is gone')
  await db.query(
    `insert into call_sessions (call_id, agent_id, answered_at) values ($1, $2, $3) on conflict (call_id) do nothing`,
    [call.call_id, call.agent_id ?? null, call.answered_at],
  )
  return processed()
})
