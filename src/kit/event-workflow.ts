import { assertEventPattern, type EventPattern } from '../domain/event-pattern.ts'
import type { EventRef, Outcome } from '../domain/event.ts'
import type { ProviderName } from '../providers/index.ts'

/** `provider/type`, for a shipped provider or one of your own. */
export type RoutePattern = `${ProviderName}/${string}` | EventPattern

/** What a handler declares besides its code. */
export interface HandlerOptions {
  /**
   * `level` (default): acts on canonical state, so that late or repeated runs do no harm.
   * `edge`: acts on the event's own bytes.
   */
  mode?: 'level' | 'edge'
}

export type EventHandler = (event: EventRef) => Promise<Outcome>

export interface EventWorkflow extends EventHandler {
  readonly posthorn: { readonly kind: 'workflow'; readonly on: string; readonly mode: 'level' | 'edge' }
}

/** A route that names one activity: no workflow code at all. */
export interface EventActivityRoute {
  readonly posthorn: {
    readonly kind: 'activity'
    readonly on: string
    readonly activity: string
    readonly mode: 'level' | 'edge'
  }
}

/**
 * Declares the workflow for an event pattern. Export it from `workflows/index.ts`: the export's name is the workflow type in
 * Temporal, for ever. The handler says its outcome by returning `processed()` or `ignored(reason)`.
 */
export function eventWorkflow(
  pattern: RoutePattern,
  handler: EventHandler,
  options: HandlerOptions = {},
): EventWorkflow {
  assertEventPattern(pattern)
  const run = (event: EventRef): Promise<Outcome> => handler(event)
  return Object.assign(run, { posthorn: { kind: 'workflow', on: pattern, mode: options.mode ?? 'level' } as const })
}

/**
 * Routes an event pattern to one activity by its name in `activities/index.ts`. The activity receives the event's reference and
 * may return an outcome; returning nothing counts as processed.
 */
export function eventActivity(
  pattern: RoutePattern,
  activity: string,
  options: HandlerOptions = {},
): EventActivityRoute {
  assertEventPattern(pattern)
  return { posthorn: { kind: 'activity', on: pattern, activity, mode: options.mode ?? 'level' } }
}
