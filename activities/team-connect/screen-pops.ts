import { type ActivityDependencies, type EventRef, type Outcome, activity, ignored, processed } from 'posthorn/activity'
import { CALL_TERMS, httpPort } from '../outside/http-port.ts'
import { type LiveCall, liveCallOf } from './live-calls.ts'

/** Shows a call to somebody in the CRM, while it lasts: afterwards nobody looks. */
const showCall =
  (path: string, contentOf: (call: LiveCall) => object) =>
  ({ canonical, callOnce, settings }: ActivityDependencies) =>
  async (event: EventRef): Promise<Outcome> => {
    const crm = httpPort('crm', settings['crm'])
    if (crm === undefined) return ignored('no CRM is configured')
    const call = liveCallOf(await canonical(event))
    if (call === undefined) return ignored('call is gone')
    if (call.completed_at) return ignored('call is over')
    const terms = { discriminator: path, ...CALL_TERMS }
    const { call_id: callId, customer_id: customer } = call
    await callOnce('show call', terms, (idempotencyKey) =>
      crm({ method: 'POST', path, json: { callId, customer, ...contentOf(call) }, idempotencyKey }),
    )
    return processed()
  }

export const popScreen = activity(
  'providerRead',
  showCall('/screen-pops', ({ from }) => ({ caller: from })),
)

/** A machine gave the call to a person, who is told what has been said so far. */
export const handOver = activity(
  'providerRead',
  showCall('/handoffs', ({ agent_id: agent, transcript_url: context }) => ({ agent, context })),
)
