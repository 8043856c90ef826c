import { activity, type ActivityTypes, type EventRef } from 'posthorn/activity'

export const recordEffect = activity('local', ({ db }) => async (event: EventRef) => {
  await db.query(
    `insert into slip_effects as known (event_id, runs) values ($1, 1) on conflict (event_id) do update set runs = known.runs + 1`,
    [event.eventId],
  )
})

const tried = new Map<string, number>()

/** Fails twice for each event, and then does it. */
export const flicker = activity('local', () => async (event: EventRef) => {
  const count = (tried.get(event.eventId) ?? 0) + 1
  tried.set(event.eventId, count)
  if (count < 3) throw new RangeError(`try ${count} is too early`)
})

export type Activities = ActivityTypes<typeof import('./activities.ts')>
