import type { Source } from '../providers/source.ts'
import type { Acceptance, Inbox } from '../storage/inbox.ts'
import type { RefusedRequest } from '../storage/quarantine-log.ts'
import { codeOf } from './error-facts.ts'
import { assertWanted, identify } from './identify.ts'
import { verify } from './verify.ts'

export interface ReverifyOptions {
  source: Source
  inbox: Inbox
  retentionDays: number
  now: Date
}

/** A refused request, with what its receipt says of it. */
export interface KeptRequest {
  id: string
  receivedAt: Date
  remoteIp: string | null
  request: RefusedRequest
}

export type Reverified =
  | { admitted: true; /** One for each event; none where the request was a handshake. */ acceptances: Acceptance[] }
  | { admitted: false; code: string }

/**
 * Verifies a refused request with the secrets of now, as of when it came, and brings its events into the inbox the way that all
 * events go.
 * @throws NotDurableError when they could not be committed.
 */
export async function reverify(kept: KeptRequest, options: ReverifyOptions): Promise<Reverified> {
  const { source, inbox, retentionDays, now } = options
  const { request, receivedAt } = kept
  try {
    const secretSlot = await verify(source, request, { at: receivedAt, now })
    if (source.provider.handshake?.(request) !== undefined) return { admitted: true, acceptances: [] }
    const caller = kept.remoteIp !== null && { remoteIp: kept.remoteIp }
    const verified = { source, request, secretSlot, receiptId: kept.id, receivedAt, ...caller }
    const identified = identify(verified, retentionDays)
    assertWanted(source, identified)
    const accepted = await inbox.acceptAll(identified.events.map((event) => ({ ...event, receivedAt })))
    return { admitted: true, acceptances: accepted.map(({ acceptance }) => acceptance) }
  } catch (error) {
    const code = codeOf(error)
    if (code === 'not_durable' || code === 'internal_error') throw error
    return { admitted: false, code }
  }
}
