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

/** A file that belongs to a call. */
export interface CallFile {
  callId: string
  customer: string | null
  url: string
}

/**
 * A webhook may be faster than the API: what it announces is asked for again, as often as the policy says, and then is a dead letter
 * under this name.
 */
class MissingUrl extends Error {
  constructor(field: string) {
    super(`The API names no ${field} of the call.`)
    this.name = `${field}_missing`
  }
}

/** The file that an event announced; undefined when the call is gone. */
const fetchFile = (field: 'recording_url' | 'transcript_url') =>
  activity('download', ({ canonical }) => async (event: EventRef): Promise<CallFile | undefined> => {
    const call = liveCallOf(await canonical(event))
    if (call === undefined) return undefined
    const url = call[field]
    if (!url) throw new MissingUrl(field)
    return { callId: call.call_id, customer: call.customer_id ?? null, url }
  })

export const fetchRecording = fetchFile('recording_url')

export const fetchTranscript = fetchFile('transcript_url')
