import { activity } from 'posthorn/activity'

export interface Ticket {
  callId: string
  customer: string | null
  /** Null where nobody could write it down. */
  transcript: string | null
}

export const openTicket = activity('local', ({ db }) => async ({ callId, customer, transcript }: Ticket) => {
  await db.query(
    `insert into tickets (call_id, customer_id, transcript) values ($1, $2, $3) on conflict (call_id) do nothing`,
    [callId, customer, transcript],
  )
})

/** Closes the file of a call: its recording has come, or will not. */
export const closeCallFile = activity(
  'local',
  ({ db }) =>
    async ({ callId, hasRecording }: { callId: string; hasRecording: boolean }) => {
      await db.query(
        `insert into call_files as known (call_id, has_recording) values ($1, $2)
         on conflict (call_id) do update set has_recording = known.has_recording or excluded.has_recording`,
        [callId, hasRecording],
      )
    },
)
