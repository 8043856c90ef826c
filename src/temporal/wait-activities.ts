import type { EventRef } from '../domain/event.ts'
import { eventWorkflowId } from '../domain/workflow-id.ts'
import type { WaitActivities } from '../kit/wait-activities.ts'
import { askApproval } from '../storage/approvals.ts'
import type { Pool } from '../storage/pool.ts'
import { awaitEvent } from '../storage/waits.ts'

/** What runs that wait look by. */
export const createWaitActivities = (pool: Pool): WaitActivities => ({
  async posthornAwaitEvent(event, wait, isLast) {
    const found = await awaitEvent(pool, { ...runOf(event), source: event.source, ...wait }, isLast)
    if (found === undefined) return null
    const { schemaVersion, kit, handler, attempt, priority } = event
    return { schemaVersion, kit, ...found, handler, attempt, ...(priority !== undefined && { priority }) }
  },
  posthornAwaitApproval: async (event, question, isLast) =>
    (await askApproval(pool, { ...runOf(event), ...question }, isLast)) ?? null,
})

const runOf = (event: EventRef) => ({
  key: event.key,
  handler: event.handler,
  attempt: event.attempt,
  workflowId: eventWorkflowId(event),
})
