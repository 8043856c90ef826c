import { joinHead, splitHead } from './headed-bytes.ts'
import type { IncomingEvent } from './inbox.ts'

/** A verified event as bytes, for a way to the inbox that leads through another system. */
export const packEvent = (event: IncomingEvent): Buffer => joinHead(toHead(event), event.body)

/** Each field is named, so that a new one cannot be forgotten here. */
const toHead = (event: IncomingEvent): Record<Exclude<keyof IncomingEvent, 'body'>, unknown> => ({
  source: event.source,
  provider: event.provider,
  eventId: event.eventId,
  idSigned: event.idSigned,
  signedAs: event.signedAs,
  volatile: event.volatile,
  type: event.type,
  entity: event.entity,
  occurredAt: event.occurredAt,
  sequence: event.sequence?.toString(),
  apiVersion: event.apiVersion,
  tenant: event.tenant,
  account: event.account,
  deliveryId: event.deliveryId,
  hold: event.hold,
  mirror: event.mirror,
  priority: event.priority,
  headers: event.headers,
  receiptId: event.receiptId,
  receivedAt: event.receivedAt,
  remoteIp: event.remoteIp,
  secretSlot: event.secretSlot,
})

type Head = Omit<IncomingEvent, 'body' | 'occurredAt' | 'receivedAt' | 'sequence'> & {
  occurredAt?: string
  receivedAt?: string
  sequence?: string
}

export function unpackEvent(bytes: Buffer): IncomingEvent {
  const { head, body } = splitHead(bytes)
  const { occurredAt, receivedAt, sequence, ...rest } = head as Head
  return {
    ...rest,
    body,
    ...(occurredAt !== undefined && { occurredAt: new Date(occurredAt) }),
    ...(receivedAt !== undefined && { receivedAt: new Date(receivedAt) }),
    ...(sequence !== undefined && { sequence: BigInt(sequence) }),
  }
}
