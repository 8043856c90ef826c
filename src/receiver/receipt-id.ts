import { randomUUID } from 'node:crypto'

/** Twelve bits. */
const COUNTS = 4096

let count = 0

/**
 * A UUID of version 7: receipts sort by time, those of one process within a millisecond, too, and rows that are written together lie
 * together in an index.
 */
export function createReceiptId(at: Date): string {
  const time = at.getTime().toString(16).padStart(12, '0')
  count = (count + 1) % COUNTS
  // The rest of a random UUID is right as it is.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${count.toString(16).padStart(3, '0')}${randomUUID().slice(18)}`
}
