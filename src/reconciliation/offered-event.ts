import { randomUUID } from 'node:crypto'
import { isBaseline } from '../domain/baseline.ts'
import { VerificationError } from '../domain/errors.ts'
import { reconciledEventId } from '../domain/reconciliation.ts'
import type { IdentifiedEvent, ListedEvent } from '../providers/provider.ts'
import type { Source } from '../providers/source.ts'
import type { IncomingEvent } from '../storage/inbox.ts'
import type { EntityToRead } from '../storage/listed-entities.ts'
import { LISTED } from '../storage/redeliveries.ts'

/** Behind everything that is live, and behind what people replay. */
const BACKFILL = 2

/**
 * A listed event as the inbox takes it: under the key of its webhook, so that the webhook is a duplicate when it comes after all. What
 * is older than `baseline` is mirrored and does not run.
 */
export function offeredEvent(
  source: Source,
  { body, listed }: { listed: ListedEvent; body: Buffer },
  { baseline, isBackfill }: { baseline: Date; isBackfill: boolean },
): IncomingEvent {
  const headers = listed.headers ?? {}
  const event: IncomingEvent = {
    ...common(source),
    ...(source.account !== undefined && { account: source.account }),
    ...envelopeOf(source, listed, body),
    headers,
    body,
  }
  const isHistory = isBaseline(event.occurredAt, baseline)
  return {
    ...event,
    ...(isHistory && { hold: { state: 'ignored' as const, reason: 'baseline' } }),
    ...((isHistory || isBackfill) && { priority: BACKFILL }),
  }
}

type Envelope = Pick<IncomingEvent, 'eventId' | 'type' | 'hold'> & Partial<IncomingEvent>

/** What the body says of itself, as of a webhook; its ID and its time as the list states them. */
function envelopeOf({ provider }: Source, listed: ListedEvent, body: Buffer): Envelope {
  const { id: eventId, type, occurredAt } = listed
  try {
    const request = { method: 'POST', url: '', headers: listed.headers ?? {}, body }
    const { id: _, part: __, ...identified }: Partial<IdentifiedEvent> = provider.identify(request)[0] ?? {}
    const at = identified.occurredAt ?? occurredAt
    return { type, ...identified, eventId, ...(at !== undefined && { occurredAt: at }) }
  } catch (error) {
    if (!(error instanceof VerificationError)) throw error
    const hold = { state: 'parked' as const, reason: error.code, detail: error.message }
    return { type, eventId, hold, ...(occurredAt !== undefined && { occurredAt }) }
  }
}

/**
 * A synthetic event: have this entity read again. `mirrorOnly` keeps it from every handler but the mirror. What is known to have changed
 * is late already, and waits for nothing; all else waits behind all other work.
 * `occurredAt` is when the entity changed; of what only the mirror sees, up to when it was compared.
 */
export function reconciledEvent(
  source: Source,
  entity: EntityToRead,
  { token, mirrorOnly = false, occurredAt }: { token: string; mirrorOnly?: boolean; occurredAt?: Date },
): IncomingEvent {
  const eventId = reconciledEventId(entity, token)
  const type = `${entity.kind}.reconciled`
  const account = entity.account ?? source.account
  return {
    ...common(source),
    eventId,
    type,
    entity: { kind: entity.kind, id: entity.id },
    ...(account !== undefined && { account }),
    ...(occurredAt !== undefined && { occurredAt }),
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ id: eventId, type, data: { kind: entity.kind, id: entity.id } })),
    ...((mirrorOnly || occurredAt === undefined) && { priority: BACKFILL }),
    ...(mirrorOnly && { hold: { state: 'ignored', reason: 'refetch' } }),
  }
}

const common = (source: Source) => ({
  source: source.id,
  provider: source.provider.name,
  idSigned: source.provider.idSigned,
  ...(source.tenant !== undefined && { tenant: source.tenant }),
  mirror: source.mirror,
  receiptId: randomUUID(),
  secretSlot: LISTED,
})
