import { type CanonicalView, activity, type EventRef } from 'posthorn/activity'
import { z } from 'zod'
import { stateOf } from '../canonical-state.ts'

const text = z.string().nullish()

/** A call at any moment of its life: all but the ID may be missing yet. */
const LiveCall = z.object({
  call_id: z.string(),
  customer_id: text,
  agent_id: text,
  from: text,
  to: text,
  answered_at: text,
  completed_at: text,
  recording_url: text,
  transcript_url: text,
})

export type LiveCall = z.infer<typeof LiveCall>

/** Undefined when the call is gone. */
export const liveCallOf = (view: CanonicalView): LiveCall | undefined => stateOf(LiveCall, view)

export const fetchLiveCall = activity(
  'providerRead',
  ({ canonical }) =>
    async (event: EventRef) =>
      liveCallOf(await canonical(event)),
)
