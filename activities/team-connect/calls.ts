import { activity, type EventRef } from 'posthorn/activity'
import { z } from 'zod'
import { stateOf } from '../canonical-state.ts'

const Call = z.object({
  call_id: z.string(),
  customer_id: z.string(),
  duration_seconds: z.number().int(),
  completed_at: z.iso.datetime(),
  /** Assumed: `pending` while a recording is being made. Most calls have none. */
  recording_status: z.string().nullish(),
})

export type Call = z.infer<typeof Call>

/** The webhook names no customer: the record needs the canonical read. */
export const fetchCall = activity(
  'providerRead',
  ({ canonical }) =>
    async (event: EventRef) =>
      stateOf(Call, await canonical(event)),
)

export const recordCall = activity('local', ({ db }) => async (call: Call) => {
  await db.query(
    `insert into call_records (call_id, customer_id, duration, completed_at) values ($1, $2, $3, $4)
     on conflict (call_id) do nothing`,
    [call.call_id, call.customer_id, call.duration_seconds, call.completed_at],
  )
})
