import { ERRORS } from '../domain/errors.ts'
import type { Source } from '../providers/source.ts'
import { eventKey } from '../storage/event-key.ts'
import type { Receipt, ReceiptLog } from '../storage/receipts.ts'
import type { HookState, RequestLine } from './request-state.ts'

/** A receipt before its verdict is known. */
export type OpenReceipt = Pick<Receipt, 'id' | 'at' | 'contentLength'>

/** Leaves a receipt where there is something to say that stands nowhere else: a new event carries its own in its row. */
export function leaveReceipt(
  receipts: ReceiptLog,
  { line, source }: HookState,
  { body, ...receipt }: OpenReceipt & { body: Buffer },
): void {
  const { verdict, code, eventId, deliveryId, remoteIp, secretSlot } = line
  if (verdict === undefined || verdict === 'new' || verdict === 'parked' || verdict === 'baseline') return
  const key = keyOf(source, line)
  receipts.record({
    ...receipt,
    source: source.id,
    verdict,
    ...(code !== undefined && { code }),
    ...(key !== undefined && { key }),
    ...(eventId !== undefined && { eventId }),
    ...(deliveryId !== undefined && { deliveryId }),
    ...(remoteIp !== undefined && { remoteIp }),
    ...(secretSlot !== undefined && { secretSlot }),
    ...(keepsRefused(source, line) && { body }),
  })
}

/** Its sender will not send it again, and it stands in no other table. Where bytes go when they are done, refusing ends them. */
const keepsRefused = ({ storeBodies }: Source, { verdict, code, secretSlot }: RequestLine): boolean =>
  storeBodies === undefined &&
  verdict === 'refused' &&
  secretSlot !== undefined &&
  code !== undefined &&
  ERRORS[code].status < 500

/** By which an erasure of the event finds the bytes of a request that was refused. */
const keyOf = ({ id }: Source, { key, eventId }: RequestLine): string | undefined =>
  key ?? (eventId === undefined ? undefined : eventKey(id, eventId))
