import { activity, type ActivityTypes, type EventRef, permanent, processed, retryAfter } from 'posthorn/activity'

/** Naturally idempotent: the row is keyed by the event. `runs` counts how often it was tried. */
export const recordEffect = activity('local', ({ db }) => async (event: EventRef) => {
  await db.query(
    `insert into toy_effects as known (event_id, runs) values ($1, 1) on conflict (event_id) do update set runs = known.runs + 1`,
    [event.eventId],
  )
})

export const readThing = activity('providerRead', ({ canonical }) => async (event: EventRef) => {
  const view = await canonical(event)
  return view.found ? (view.state as { size: number }) : undefined
})

export const refuse = activity('write', () => async () => {
  throw permanent('card_declined', 'the card was declined')
})

export const touch = activity('local', ({ db }) => async (event: EventRef) => {
  await db.query('insert into toy_effects (event_id, runs) values ($1, 1) on conflict do nothing', [event.eventId])
  return processed()
})

/** What an `edge` handler does: it reads the event's own bytes. */
export const readReceived = activity('write', ({ received }) => async (event: EventRef) => {
  const { body } = await received(event)
  return body.length
})

/** Takes a while, and writes down when: whoever overlaps shows. */
export const takeTurn = activity('local', ({ db }) => async (event: EventRef) => {
  await db.query(`insert into turns (event_id, what) values ($1, 'begin')`, [event.eventId])
  await new Promise((resolve) => setTimeout(resolve, 20))
  await db.query(`insert into turns (event_id, what) values ($1, 'end')`, [event.eventId])
})

/** Something near that is never ready, and says for how long it is not. */
export const askInVain = activity('local', () => async () => {
  throw retryAfter('not_ready', 6_000, 'not ready')
})

export const noteStep = activity('local', ({ db }) => async (event: EventRef, step: string) => {
  await db.query('insert into steps (event_id, step) values ($1, $2)', [event.eventId, step])
})

export type ToyActivities = ActivityTypes<typeof import('./activities.ts')>
