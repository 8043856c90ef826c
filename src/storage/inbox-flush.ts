import type { Accepted, StorableEvent } from './inbox.ts'
import { ensurePartitions, isMissingPartition } from './partitions.ts'
import { NotDurableError, isDataError, isRetryable } from './postgres-errors.ts'
import type { Pool } from './pool.ts'
import { classifyKnown } from './redeliveries.ts'
import { parkedUnderDerivedId } from './storable-event.ts'

/**
 * Commits the events of several requests with one statement. Results stand in the order of the requests. A deadlock is tried once
 * more; a data error is narrowed down by halves until the request with the culprit stands alone, and that one is parked: a request is
 * never split, for its events are committed together or not at all.
 */
export async function flushRequests(pool: Pool, requests: StorableEvent[][]): Promise<(Accepted[] | Error)[]> {
  const events = requests.flat()
  try {
    return byRequest(requests, await acceptEvents(pool, events))
  } catch (error) {
    if (!isDataError(error)) throw new NotDurableError(error)
    if (requests.length > 1) return bisect(pool, requests)
    if (events.every(({ hold }) => hold?.state === 'parked')) return [new NotDurableError(error)]
    return flushRequests(pool, [events.map((event) => parkedUnderDerivedId(event, 'data_error'))])
  }
}

/**
 * Inserts what is new, and says of the rest what it is. Two identities can make a candidate stand in another's way and then be refused
 * itself: whoever is left without an answer so is taken again. The first candidate of each turn gets one.
 */
async function acceptEvents(pool: Pool, events: StorableEvent[]): Promise<Accepted[]> {
  const inserted = await insertWithRetry(pool, firstOfEach(events))
  const fresh = freshOf(events, inserted)
  if (fresh.size === events.length) return events.map(({ key }) => ({ acceptance: 'new', key }))
  const known = await classifyKnown(
    pool,
    events.filter((event) => !fresh.has(event)),
  )
  const left = events.filter((event) => !fresh.has(event) && !known.has(event))
  if (left.length === events.length) throw new Error(`event ${left[0]?.key} was refused as known, but is not there`)
  const later = left.length === 0 ? [] : await acceptEvents(pool, left)
  return events.map((event) => known.get(event) ?? later[left.indexOf(event)] ?? { acceptance: 'new', key: event.key })
}

/** Of several events with one key, the first is the one that was inserted. */
function freshOf(events: StorableEvent[], inserted: ReadonlySet<string>): Set<StorableEvent> {
  const unclaimed = new Set(inserted)
  return new Set(events.filter(({ key }) => unclaimed.delete(key)))
}

async function bisect(pool: Pool, requests: StorableEvent[][]): Promise<(Accepted[] | Error)[]> {
  const middle = Math.ceil(requests.length / 2)
  const left = await flushRequests(pool, requests.slice(0, middle))
  return [...left, ...(await flushRequests(pool, requests.slice(middle)))]
}

function byRequest(requests: StorableEvent[][], accepted: Accepted[]): Accepted[][] {
  let from = 0
  return requests.map(({ length }) => accepted.slice(from, (from += length)))
}

async function insertWithRetry(pool: Pool, events: StorableEvent[]): Promise<Set<string>> {
  try {
    return await insert(pool, events)
  } catch (error) {
    if (isMissingPartition(error)) await ensurePartitions(pool)
    else if (!isRetryable(error)) throw error
    return insert(pool, events)
  }
}

/** One event twice in one flush: the first is the candidate, the others can only be redeliveries of it. */
function firstOfEach(events: StorableEvent[]): StorableEvent[] {
  const seen = new Set<string>()
  return events.filter((event) => {
    const identities = event.signedKey === undefined ? [event.key] : [event.key, event.signedKey]
    if (identities.some((identity) => seen.has(identity))) return false
    for (const identity of identities) seen.add(identity)
    return true
  })
}

/** `order by key`: two flushes that share keys then take their locks in the same order. */
const INSERT = `
  with input as materialized (
    select i.*, substring($2::bytea from i.body_from for i.body_length) as body, (now() at time zone 'utc')::date as day,
      i.source in (select id from posthorn.sources where store_bodies = 'until_done') as until_done
    from json_to_recordset($1) as i(
      ord integer, key uuid, signed_key uuid, source text, provider text, event_id text, type text, entity_kind text,
      entity_id text, api_version text, tenant text, account text, occurred_at timestamptz, sequence bigint, state text, reason text, detail text,
      body_hash text, body_from integer, body_length integer, headers jsonb, receipt_id uuid, remote_ip inet, delivery_id text,
      secret_slot text, handler text, priority smallint, queued boolean,
      received_at timestamptz)
  ), inserted as (
    insert into posthorn.events (key, signed_key, source, provider, event_id, type, entity_kind, entity_id, api_version, tenant,
      account, occurred_at, received_at, sequence, state, state_reason, body_hash, body_day, receipt_id, remote_ip, delivery_id, secret_slot)
    select key, signed_key, source, provider, event_id, type, entity_kind, entity_id, api_version, tenant,
      account, occurred_at, least(received_at, now()), sequence, state, reason, decode(body_hash, 'hex'), day, receipt_id, remote_ip, delivery_id, secret_slot
    from input order by key
    on conflict do nothing
    returning key
  ), bodies as (
    insert into posthorn.bodies (day, key, headers, body)
    select day, key, headers, body from input join inserted using (key) where not until_done
  ), kept as (
    insert into posthorn.kept_bodies (key, headers, body)
    select key, headers, body from input join inserted using (key) where until_done and (queued or state <> 'ignored')
  ), queued as (
    insert into posthorn.queue (source, priority, key, handler)
    select source, coalesce(priority, 0), key, handler from input join inserted using (key) where queued order by ord
  ), parked as (
    insert into posthorn.parked (key, source, code, detail)
    select key, source, reason, coalesce(detail, '') from input join inserted using (key) where state = 'parked'
  )
  select key from inserted`

async function insert(pool: Pool, events: StorableEvent[]): Promise<Set<string>> {
  let bodyFrom = 1
  const rows = events.map((event, ord) => {
    const row = toRow(event, ord, bodyFrom)
    bodyFrom += event.body.length
    return row
  })
  // One bytea for all bodies: sent as bytes, where an array of them would travel as hexadecimal text.
  const bodies =
    events.length === 1 ? (events[0] as StorableEvent).body : Buffer.concat(events.map((event) => event.body))
  const result = await pool.query<{ key: string }>({
    name: 'inbox-flush',
    text: INSERT,
    values: [JSON.stringify(rows), bodies],
  })
  return new Set(result.rows.map((row) => row.key))
}

function toRow(event: StorableEvent, ord: number, bodyFrom: number): Record<string, unknown> {
  return {
    ord,
    key: event.key,
    signed_key: event.signedKey,
    source: event.source,
    provider: event.provider,
    event_id: event.eventId,
    type: event.type,
    entity_kind: event.entity?.kind,
    entity_id: event.entity?.id,
    api_version: event.apiVersion,
    tenant: event.tenant,
    account: event.account,
    occurred_at: event.occurredAt,
    received_at: event.receivedAt,
    sequence: event.sequence?.toString(),
    state: event.hold?.state ?? 'received',
    reason: event.hold?.reason,
    detail: event.hold?.detail,
    body_hash: event.bodyHash.toString('hex'),
    body_from: bodyFrom,
    body_length: event.body.length,
    headers: event.headers,
    receipt_id: event.receiptId,
    remote_ip: event.remoteIp,
    delivery_id: event.deliveryId,
    secret_slot: event.secretSlot,
    // A baseline event never runs, but its entity is mirrored where the source mirrors.
    handler: event.hold?.state === 'ignored' ? 'mirror' : null,
    priority: event.priority,
    queued: event.hold === undefined || (event.hold.state === 'ignored' && event.mirror),
  }
}
