import { PosthornError, VerificationError } from '../domain/errors.ts'
import { findSchemaMisfit, findVersionMisfit } from '../providers/find-misfit.ts'
import type { IdentifiedEvent } from '../providers/provider.ts'
import type { Source } from '../providers/source.ts'
import type { IncomingEvent } from '../storage/inbox.ts'
import { codeOf } from './error-facts.ts'
import { type VerifiedRequest, toIncomingEvents, toParkedEvent } from './incoming-event.ts'

export interface Identified {
  /** At least one. */
  events: IncomingEvent[]
  /** An event came without an ID and is keyed by the body. */
  keyedByBody: boolean
  /** Why the bytes had to be parked. */
  problem?: unknown
}

/**
 * Reads the envelope of a verified request. What cannot be read is parked, since a verified event is never dropped, unless the
 * source refuses it. A type that the body contradicts is refused always: only the header can be wrong, and it is not signed.
 * @throws PosthornError
 */
export function identify(verified: VerifiedRequest, retentionDays: number): Identified {
  let envelopes: IdentifiedEvent[]
  try {
    envelopes = verified.source.provider.identify(verified.request)
    if (envelopes.length === 0) throw new VerificationError('malformed_body', { message: 'The body holds no event.' })
  } catch (problem) {
    if (verified.source.onMalformed === 'refuse' || isMismatch(problem)) throw problem
    const detail = problem instanceof Error ? problem.message : ''
    return { events: [toParkedEvent(verified, codeOf(problem), detail)], keyedByBody: true, problem }
  }
  const events = toIncomingEvents(verified, envelopes, retentionDays)
  return { events, keyedByBody: envelopes.some(({ id }) => !id) }
}

/**
 * Refuses what could be read, where the source wants that. Apart from `identify`, so that a refused event is known by its ID.
 * @throws PosthornError
 */
export function assertWanted(source: Source, { events, keyedByBody, problem }: Identified): void {
  if (problem !== undefined) return
  if (keyedByBody && source.onMissingId === 'refuse') throw new PosthornError('missing_event_id')
  if (source.onMalformed === 'refuse') for (const event of events) assertFits(source, event)
}

/** Elsewhere a schema is no business of the receiver's: what it does not know any more is parked later, without the sender waiting for it. */
function assertFits(source: Source, event: IncomingEvent): void {
  const misfit = findVersionMisfit(source, event) ?? findSchemaMisfit(source, event, event.body)
  if (misfit !== undefined) throw new PosthornError(misfit.code, { message: misfit.detail })
}

const isMismatch = (problem: unknown): boolean => problem instanceof PosthornError && problem.code === 'type_mismatch'
