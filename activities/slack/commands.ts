import { type ActivityDependencies, type EventRef, activity } from 'posthorn/activity'

const MAX_ANSWER_BYTES = 64 * 1024

/** A slash command comes as a form. */
async function fieldOf({ received }: ActivityDependencies, event: EventRef, name: string): Promise<string> {
  const { body } = await received(event)
  return new URLSearchParams(body.toString()).get(name) ?? ''
}

/** What we know of the call that somebody asks after, as a sentence. */
export const describeCall = activity('local', (dependencies) => async (event: EventRef): Promise<string> => {
  const callId = (await fieldOf(dependencies, event, 'text')).trim()
  const { rows } = await dependencies.db.query<{ customer_id: string; duration: number }>(
    'select customer_id, duration from call_records where call_id = $1',
    [callId],
  )
  const [call] = rows
  if (call === undefined) return `There is no record of call ${callId}.`
  return `${callId} with ${call.customer_id} took ${call.duration} seconds.`
})

/**
 * Answers where Slack wants the answer. That URL lets whoever holds it speak in the channel: it is read from the event here, and
 * stands in no history.
 */
export const answerCommand = activity('download', (dependencies) => async (event: EventRef, text: string) => {
  const url = await fieldOf(dependencies, event, 'response_url')
  const json = { response_type: 'ephemeral', text }
  const { body } = await dependencies.fetchUrl(event, url, { method: 'POST', json, maxBytes: MAX_ANSWER_BYTES })
  body.resume()
})
