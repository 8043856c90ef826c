import type { Pool } from './pool.ts'
import { toStorableText } from './storable-text.ts'

/** One request that reached verification and did not become a new event. An accepted event carries its receipt itself. */
export interface Receipt {
  /** UUID. */
  id: string
  at: Date
  source: string
  verdict: 'duplicate' | 'anomaly' | 'refused' | 'handshake'
  /** Why it was refused: a code of the error table. */
  code?: string
  /** The event key, once known from a verified body. */
  key?: string
  eventId?: string
  deliveryId?: string
  remoteIp?: string
  contentLength: number
  secretSlot?: string
}

export interface ReceiptLog {
  /** Never waits and never throws: an audit row must not delay an answer. */
  record(receipt: Receipt): void
  /** Receipts given up because the buffer was full or the database refused them. */
  readonly dropped: number
  flush(): Promise<void>
}

const MAX_BUFFERED = 10_000
const MAX_ROWS = 1_000
const FLUSH_EVERY_MS = 250

/** Buffers receipts and writes them apart from the path of the answer. */
export function createReceiptLog(pool: Pool, onDropped: (count: number, error?: unknown) => void): ReceiptLog {
  let buffer: Receipt[] = []
  let dropped = 0
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> | undefined

  async function write(): Promise<void> {
    while (buffer.length > 0) {
      const rows = buffer.slice(0, MAX_ROWS)
      buffer = buffer.slice(MAX_ROWS)
      try {
        await insertReceipts(pool, rows)
      } catch (error) {
        drop(rows.length, error)
      }
    }
  }

  function drop(count: number, error?: unknown): void {
    dropped += count
    onDropped(count, error)
  }

  async function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    writing ??= write().finally(() => (writing = undefined))
    await writing
    if (buffer.length > 0) await flush()
  }

  return {
    record(receipt) {
      if (buffer.length >= MAX_BUFFERED) return drop(1)
      buffer.push(receipt)
      timer ??= setTimeout(() => void flush(), FLUSH_EVERY_MS).unref()
    },
    get dropped() {
      return dropped
    },
    flush,
  }
}

async function insertReceipts(pool: Pool, receipts: Receipt[]): Promise<void> {
  const rows = receipts.map((receipt) => ({
    id: receipt.id,
    at: receipt.at,
    source: receipt.source,
    verdict: receipt.verdict,
    code: receipt.code,
    key: receipt.key,
    event_id: storable(receipt.eventId),
    delivery_id: storable(receipt.deliveryId),
    remote_ip: receipt.remoteIp,
    content_length: receipt.contentLength,
    secret_slot: receipt.secretSlot,
  }))
  await pool.query({
    name: 'receipts',
    text: `insert into posthorn.receipts
      select (now() at time zone 'utc')::date, r.* from json_to_recordset($1) as r(
        id uuid, at timestamptz, source text, verdict text, code text, key uuid, event_id text, delivery_id text,
        remote_ip inet, content_length integer, secret_slot text)`,
    values: [JSON.stringify(rows)],
  })
}

const storable = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : toStorableText(text, 1024)
