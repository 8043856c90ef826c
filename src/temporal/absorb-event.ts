import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client'
import type { Keyring } from '../sealing/keyring.ts'
import type { Accepted, IncomingEvent } from '../storage/inbox.ts'
import { packEvent } from '../storage/packed-event.ts'
import { toStorable } from '../storage/storable-event.ts'
import { SYSTEM_TASK_QUEUE } from './task-queues.ts'
import type { posthornAbsorb } from './workflows/absorb.ts'

export interface AbsorberOptions {
  client: Client
  keyring: Keyring
  /** Where the system workflows run. */
  taskQueue?: string
}

/** A sender waits behind it. */
const DEADLINE_MS = 1_500
/** What an absorbed event is sealed as. */
export const ABSORBED = 'absorbed event'

/**
 * Keeps an event in Temporal until Postgres takes it, sealed before it leaves this process. Resolves once Temporal has accepted it.
 * @throws whatever kept Temporal from accepting it, or from saying so.
 */
export function createAbsorber({ client, keyring, taskQueue = SYSTEM_TASK_QUEUE }: AbsorberOptions) {
  async function start(workflowId: string, event: IncomingEvent): Promise<boolean> {
    const sealed = keyring.seal(packEvent(event), ABSORBED)
    try {
      await client.withDeadline(Date.now() + DEADLINE_MS, () =>
        client.workflow.start<typeof posthornAbsorb>('posthornAbsorb', {
          workflowId,
          taskQueue,
          args: [sealed],
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
          workflowIdConflictPolicy: 'FAIL',
        }),
      )
      return true
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return false
      throw error
    }
  }

  return async (event: IncomingEvent): Promise<Accepted> => {
    const { key, bodyHash } = toStorable(event)
    const workflowId = `absorb/${key}`
    if (await start(workflowId, event)) return { acceptance: 'new', key }
    // Its bytes may be others than the first time: whether it is a redelivery or an anomaly is for the inbox to say.
    await start(`${workflowId}/${bodyHash.toString('hex', 0, 8)}`, event)
    return { acceptance: 'duplicate', key }
  }
}
