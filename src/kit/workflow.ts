/** `posthorn/workflow`: write a workflow. Everything here is safe inside Temporal's sandbox. */
export { ignored, processed, type EntityRef, type EventRef, type Outcome } from '../domain/event.ts'
export type { ApprovalAnswer } from '../domain/waits.ts'
export { awaitApproval, type ApprovalRequest } from './await-approval.ts'
export { activities } from './activity-proxies.ts'
export {
  eventActivity,
  eventWorkflow,
  type EventActivityRoute,
  type EventHandler,
  type EventWorkflow,
  type HandlerOptions,
  type LaneOptions,
} from './event-workflow.ts'
export { fail } from './fail.ts'
export { saga, type Undo } from './saga.ts'
export { waitFor, type AwaitedEvent } from './wait-for.ts'

/**
 * Filled by user space, so that `activities()` is typed:
 * `declare module 'posthorn/workflow' { interface Register { activities: ActivityTypes<typeof import('./index.ts')> } }`.
 */
export interface Register {}
