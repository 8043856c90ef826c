import { assertEventPattern, type EventPattern } from '../domain/event-pattern.ts'
import type { EventRef, Outcome } from '../domain/event.ts'
import type { ProviderName } from '../providers/load-providers.ts'
import { setCurrentEvent } from './current-event.ts'

/** `provider/type`, for a shipped provider or one of your own. */
export type RoutePattern = `${ProviderName}/${string}` | EventPattern

/** What a handler declares besides its code. */
export interface HandlerOptions {
  /**
   * `level` (default): acts on canonical state, so that late or repeated runs do no harm.
   * `edge`: acts on the event's own bytes.
   */
  mode?: 'level' | 'edge'
  /** Run the events of one entity one at a time. Default: all at once, which is right where state is read from the provider. */
  lane?: LaneOptions
}

/** A serial lane for each entity: in the provider's sequence where it has one, else in the order of arrival. */
export interface LaneOptions {
  /** After a dead run: `block` holds the entity's later events until a person has replayed or discarded it; `skip` goes on. */
  onDead: 'block' | 'skip'
  /** How long a gap in the provider's sequence is waited for before the next event goes all the same. Default 60. */
  gapWaitSeconds?: number
}

/**
 * The code of a workflow: gets a reference, decides, calls activities, and returns the outcome. What `fail` and activities throw ends the
 * run as a dead letter; any other error is a bug, and the run waits for code that mends it.
 */
export type EventHandler = (event: EventRef) => Promise<Outcome>

/** What `eventWorkflow` makes: the handler, with what was declared of it. */
export interface EventWorkflow extends EventHandler {
  readonly posthorn: {
    readonly kind: 'workflow'
    readonly on: string
    readonly mode: 'level' | 'edge'
    readonly lane?: LaneOptions
  }
}

/** A route that names one activity: no workflow code at all. */
export interface EventActivityRoute {
  readonly posthorn: {
    readonly kind: 'activity'
    readonly on: string
    readonly activity: string
    readonly mode: 'level' | 'edge'
    readonly lane?: LaneOptions
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
  const run = (event: EventRef): Promise<Outcome> => {
    setCurrentEvent(event)
    return handler(event)
  }
  return Object.assign(run, { posthorn: { kind: 'workflow', on: pattern, ...declared(options) } as const })
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
  return { posthorn: { kind: 'activity', on: pattern, activity, ...declared(options) } }
}

const declared = ({ mode = 'level', lane }: HandlerOptions) => ({ mode, ...(lane !== undefined && { lane }) })
