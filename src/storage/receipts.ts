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
  /** The bytes of a genuine request that its source refuses: they stand nowhere else. */
  body?: Buffer
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
/** Bodies beyond this are not kept; their receipts are. */
const MAX_BUFFERED_BYTES = 16 * 1024 * 1024
const FLUSH_EVERY_MS = 250

/** Buffers receipts and writes them apart from the path of the answer. */
export function createReceiptLog(pool: Pool, onDropped: (count: number, error?: unknown) => void): ReceiptLog {
  let buffer: Receipt[] = []
  let bufferedBytes = 0
  let dropped = 0
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> | undefined

  async function write(): Promise<void> {
    while (buffer.length > 0) {
      const rows = buffer.slice(0, MAX_ROWS)
      buffer = buffer.slice(MAX_ROWS)
      bufferedBytes = sum(buffer)
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
      bufferedBytes += receipt.body?.length ?? 0
      buffer.push(bufferedBytes > MAX_BUFFERED_BYTES ? withoutBody(receipt) : receipt)
      timer ??= setTimeout(() => void flush(), FLUSH_EVERY_MS).unref()
    },
    get dropped() {
      return dropped
    },
    flush,
  }
}

const sum = (receipts: Receipt[]): number => receipts.reduce((bytes, { body }) => bytes + (body?.length ?? 0), 0)

function withoutBody({ body: _, ...receipt }: Receipt): Receipt {
  return receipt
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
    body: receipt.body?.toString('base64'),
  }))
  await pool.query({
    name: 'receipts',
    text: `insert into posthorn.receipts
        (day, id, at, source, verdict, code, key, event_id, delivery_id, remote_ip, content_length, secret_slot, body)
      select (now() at time zone 'utc')::date, id, at, source, verdict, code, key, event_id, delivery_id, remote_ip,
        content_length, secret_slot, decode(case when body is null or exists (
          select from posthorn.events e where e.key = r.key and e.erased_at is not null) then null else body end, 'base64')
      from json_to_recordset($1) as r(
        id uuid, at timestamptz, source text, verdict text, code text, key uuid, event_id text, delivery_id text,
        remote_ip inet, content_length integer, secret_slot text, body text)`,
    values: [JSON.stringify(rows)],
  })
}

const storable = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : toStorableText(text, 1024)
