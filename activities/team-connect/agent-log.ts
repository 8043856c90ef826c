import { type ActivityDependencies, type EventRef, activity } from 'posthorn/activity'
import { z } from 'zod'
import { CALL_TERMS, httpPort } from '../outside/http-port.ts'
import { receivedData } from '../received-data.ts'

const Data = z.looseObject({ call_id: z.string().nullish() })

/** What happened once is in no canonical state: the event's own words are the record. */
async function log({ received, db }: ActivityDependencies, event: EventRef): Promise<void> {
  const data = await receivedData(Data, received, event)
  await db.query(
    `insert into agent_log (event_key, call_id, type, data) values ($1, $2, $3, $4) on conflict (event_key) do nothing`,
    [event.key, data.call_id ?? null, event.type, JSON.stringify(data)],
  )
}

export const logAgentAction = activity('local', (dependencies) => (event: EventRef) => log(dependencies, event))

/** Logs what an agent could not do, and tells whoever is on call. */
export const raiseAgentError = activity('write', (dependencies) => async (event: EventRef) => {
  await log(dependencies, event)
  const { callOnce, settings } = dependencies
  const alerts = httpPort('alerts', settings['alerts'])
  if (alerts === undefined) return
  const json = { title: `Agent failed in ${event.entity?.id ?? 'a call'}`, event: event.eventId }
  await callOnce('raise alert', { discriminator: '', ...CALL_TERMS }, (idempotencyKey) =>
    alerts({ method: 'POST', path: '/alerts', json, idempotencyKey }),
  )
})
