import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { eventKey } from '../../src/storage/event-key.ts'
import type { Pool } from '../../src/storage/pool.ts'

/** Events that a provider lists, one every `gapMs` before `end`. */
export interface ListedEvents {
  count: number
  /** Of so many events one never arrived. */
  missingEvery: number
  end: Date
  gapMs: number
}

const PAGE = 100

export const eventId = (index: number): string => `evt_${String(index).padStart(9, '0')}`

const createdAt = ({ end, gapMs }: ListedEvents, index: number): number =>
  Math.floor((end.getTime() - (index + 1) * gapMs) / 1000)

export const isMissing = ({ missingEvery }: ListedEvents, index: number): boolean => index % missingEvery === 7

export interface ListApi {
  url: string
  /** How often each page was answered. */
  readonly pages: ReadonlyMap<string, number>
  stop(): void
}

/** Stands in for `GET /v1/events`, page by page, newest first. Nothing else is there. */
export async function startListApi(events: ListedEvents): Promise<ListApi> {
  const pages = new Map<string, number>()
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://stripe')
    if (pathname !== '/v1/events') return void response.writeHead(404).end('{}')
    const after = searchParams.get('starting_after') ?? ''
    const start = after === '' ? 0 : Number(after.slice(4)) + 1
    const length = Math.min(PAGE, events.count - start)
    const data = Array.from({ length }, (_, offset) => listed(events, start + offset))
    pages.set(after, (pages.get(after) ?? 0) + 1)
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ object: 'list', data, has_more: start + length < events.count }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pages,
    stop: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** As large as an invoice of ten lines is at Stripe, 7 kB, and about nothing that could be mirrored. */
function listed(events: ListedEvents, index: number): object {
  const created = createdAt(events, index)
  return {
    id: eventId(index),
    object: 'event',
    api_version: '2026-01-28',
    created,
    type: 'bench.listed',
    data: { object: { object: 'bench', created, lines: Array.from({ length: 10 }, (_, line) => lineOf(index, line)) } },
    livemode: true,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
  }
}

const lineOf = (index: number, line: number): object => ({
  id: `il_${index}_${line}`,
  object: 'line_item',
  amount: 1_900,
  currency: 'eur',
  description: '1 × A line of an invoice, as long as such lines are (at €19.00 / month)',
  discount_amounts: [],
  discountable: true,
  metadata: { tenant: `tenant_${index}`, plan: 'professional', seats: '12' },
  parent: {
    type: 'subscription_item_details',
    subscription_item_details: { subscription: `sub_${index}`, subscription_item: `si_${index}_${line}` },
  },
  period: { start: 1_767_225_600, end: 1_769_904_000 },
  pricing: { type: 'price_details', price_details: { price: `price_${line}`, product: `prod_${line}` } },
  quantity: 1,
  taxes: [{ amount: 303, tax_behavior: 'inclusive', taxability_reason: 'standard_rated', taxable_amount: 1_597 }],
})

/** Puts into the inbox what webhooks brought: all but the missing ones. */
export async function storeArrived(pool: Pool, events: ListedEvents): Promise<void> {
  const indices = Array.from({ length: events.count }, (_, index) => index).filter((index) => !isMissing(events, index))
  for (let at = 0; at < indices.length; at += 10_000) {
    const rows = indices.slice(at, at + 10_000).map((index) => ({
      key: eventKey('stripe', eventId(index)),
      id: eventId(index),
      at: new Date(createdAt(events, index) * 1000),
    }))
    await pool.query(
      `insert into posthorn.events (key, source, provider, event_id, type, state, body_hash, body_day, receipt_id, secret_slot,
         occurred_at, received_at)
       select key, 'stripe', 'stripe', id, 'bench.listed', 'unrouted', sha256(''), (now() at time zone 'utc')::date, gen_random_uuid(),
         'current', at, at
       from json_to_recordset($1) as e(key uuid, id text, at timestamptz)`,
      [JSON.stringify(rows)],
    )
  }
  await pool.query('analyze posthorn.events')
}
