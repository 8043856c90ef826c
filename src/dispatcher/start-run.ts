import {
  type Client,
  type NamespaceNotFoundError,
  ServiceError,
  WorkflowExecutionAlreadyStartedError,
  isGrpcServiceError,
} from '@temporalio/client'
import type { EventRef } from '../domain/event.ts'
import { eventWorkflowId } from '../domain/workflow-id.ts'
import { SEARCH_ATTRIBUTES } from '../temporal/search-attributes.ts'

export interface RunStart {
  event: EventRef
  workflowType: string
  taskQueue: string
  /** As in the queue: 0 is live work, and larger ones wait behind it. */
  priority: number
}

export type StartResult =
  /** `already_started`: by somebody before, and it has ended. */
  | { result: 'started' | 'already_started'; workflowId: string }
  /** This event can never be started. */
  | { result: 'undispatchable'; workflowId: string; message: string }
  /** Nothing can be started at all until a person mends it. */
  | { result: 'halted'; reason: 'namespace' | 'permission'; message: string }
  /** Nobody knows: the row stays queued, and the workflow ID makes a second start harmless. */
  | { result: 'backed_off'; overloaded: boolean; message: string }

const DEADLINE_MS = 5_000
/** What Temporal gives work that names no priority; it serves smaller ones first. */
const LIVE_PRIORITY_KEY = 3
/** No run outlives this: the kit's command sequences are kept for as long. */
const MAX_RUN_AGE = '30 days'

/** Starts the run unless it was started before, now or at any time that Temporal remembers. Never throws. */
export async function startRun(client: Client, start: RunStart, withSearchAttributes: boolean): Promise<StartResult> {
  const { event } = start
  const workflowId = eventWorkflowId(event)
  try {
    await client.withDeadline(Date.now() + DEADLINE_MS, () =>
      client.workflow.start(start.workflowType, {
        workflowId,
        taskQueue: start.taskQueue,
        args: [event],
        // The default policy would run a finished event again.
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        workflowIdConflictPolicy: 'USE_EXISTING',
        workflowExecutionTimeout: MAX_RUN_AGE,
        staticSummary: summaryOf(event),
        priority: { priorityKey: LIVE_PRIORITY_KEY + start.priority, fairnessKey: event.source.slice(0, 64) },
        ...(withSearchAttributes && { typedSearchAttributes: searchAttributesOf(event) }),
      }),
    )
    return { result: 'started', workflowId }
  } catch (error) {
    return classify(error, workflowId)
  }
}

function summaryOf(event: EventRef): string {
  const about = event.entity ? ` · ${event.entity.kind} ${event.entity.id}` : ''
  return `${event.provider}/${event.type}${about}`.slice(0, 150)
}

function searchAttributesOf(event: EventRef) {
  const keyword = (text: string) => text.slice(0, 255)
  return [
    { key: SEARCH_ATTRIBUTES.source, value: keyword(event.source) },
    { key: SEARCH_ATTRIBUTES.eventType, value: keyword(event.type) },
    { key: SEARCH_ATTRIBUTES.eventId, value: keyword(event.eventId) },
    ...(event.entity
      ? [{ key: SEARCH_ATTRIBUTES.entity, value: keyword(`${event.entity.kind}/${event.entity.id}`) }]
      : []),
  ]
}

/** gRPC status codes. */
const INVALID_ARGUMENT = 3
const NOT_FOUND = 5
const PERMISSION_DENIED = 7
const RESOURCE_EXHAUSTED = 8
const UNAUTHENTICATED = 16

function classify(error: unknown, workflowId: string): StartResult {
  if (error instanceof WorkflowExecutionAlreadyStartedError) return { result: 'already_started', workflowId }
  const message = (error as Error).message
  switch (statusOf(error)) {
    case INVALID_ARGUMENT:
      // A search attribute that somebody removed is the namespace's fault, not the event's.
      if (/search attribute/i.test(message)) return { result: 'backed_off', overloaded: false, message }
      return { result: 'undispatchable', workflowId, message }
    case NOT_FOUND:
      return { result: 'halted', reason: 'namespace', message }
    case PERMISSION_DENIED:
    case UNAUTHENTICATED:
      return { result: 'halted', reason: 'permission', message }
    case RESOURCE_EXHAUSTED:
      return { result: 'backed_off', overloaded: true, message }
    default:
      return { result: 'backed_off', overloaded: false, message }
  }
}

function statusOf(error: unknown): number | undefined {
  if (isNamespaceNotFound(error)) return NOT_FOUND
  const status = error instanceof ServiceError ? error.cause : error
  return isGrpcServiceError(status) ? status.code : undefined
}

const isNamespaceNotFound = (error: unknown): error is NamespaceNotFoundError =>
  (error as Error).name === 'NamespaceNotFoundError'
