import type { EventRef } from './event.ts'

/** Temporal on SQL stores 255 characters; 200 bytes leave room for what schedules and children append. */
const MAX_BYTES = 200

type RunIdentity = Pick<EventRef, 'source' | 'eventId' | 'handler' | 'attempt' | 'key'>

/**
 * `event/<source>/<event id>/<handler>`, with `#<attempt>` from the second attempt on. Parts are percent-encoded, so that a
 * slash in an event ID cannot forge another run's ID. A long one carries the event key (a hash) in place of the event ID.
 */
export function eventWorkflowId(run: RunIdentity): string {
  const suffix = run.attempt > 1 ? `#${run.attempt}` : ''
  const source = encodePart(run.source)
  const handler = encodePart(run.handler)
  const readable = `event/${source}/${encodePart(run.eventId)}/${handler}${suffix}`
  // Percent-encoding leaves ASCII only, so length counts bytes.
  return readable.length <= MAX_BYTES ? readable : `event/${source}/~${run.key}/${handler}${suffix}`
}

/** `~` is left alone by encodeURIComponent but marks a hashed ID here. The inbox admits well-formed text only, so this cannot throw. */
const encodePart = (part: string): string => encodeURIComponent(part).replaceAll('~', '%7E')

/** What a workflow ID says of its run: the event by its ID, or, where that is long, by its key. */
export type EventRun = { source: string; handler: string; attempt: number } & (
  { eventId: string; key?: undefined } | { eventId?: undefined; key: string }
)

const EVENT_RUN = /^event\/([^/]+)\/([^/]+)\/([^/#]+)(?:#(\d+))?$/

/** Reads what `eventWorkflowId` wrote; undefined for the ID of any other workflow. */
export function parseEventWorkflowId(workflowId: string): EventRun | undefined {
  const [, source, event, handler, attempt = '1'] = EVENT_RUN.exec(workflowId) ?? []
  if (source === undefined || event === undefined || handler === undefined) return undefined
  try {
    const run = { source: decodeURIComponent(source), handler: decodeURIComponent(handler), attempt: Number(attempt) }
    return event.startsWith('~') ? { ...run, key: event.slice(1) } : { ...run, eventId: decodeURIComponent(event) }
  } catch {
    return undefined
  }
}
