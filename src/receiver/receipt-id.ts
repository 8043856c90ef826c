import { randomUUID } from 'node:crypto'

/** A UUID of version 7: receipts sort by time, and rows that are written together lie together in an index. */
export function createReceiptId(at: Date): string {
  const time = at.getTime().toString(16).padStart(12, '0')
  // All but the version digit and the time of a random UUID is right as it is.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
}
