import { randomUUID } from 'node:crypto'
import type { Accepted, StorableEvent } from './inbox.ts'
import type { Pool } from './pool.ts'
import { isSameContent } from './same-content.ts'
import { findBody } from './stored-event.ts'

/** The secret slot of an event that came from the provider's own list, proven by the API's credential and no signature. */
export const LISTED = 'api'

interface KnownEvent {
  key: string
  signed_key: string | null
  body_hash: Buffer
  secret_slot: string
  /** Its payload was erased for good: other bytes must not bring it back. */
  erased: boolean
}

/** Tells redeliveries from anomalies among events whose identity is taken, and stores the anomalies whole. The others have no entry. */
export async function classifyKnown(pool: Pool, events: StorableEvent[]): Promise<Map<StorableEvent, Accepted>> {
  const { rows } = await pool.query<KnownEvent>(
    `select key, signed_key, body_hash, secret_slot, erased_at is not null as erased from posthorn.events where key = any($1::uuid[]) or signed_key = any($2::uuid[])`,
    [events.map((event) => event.key), events.flatMap((event) => event.signedKey ?? [])],
  )
  const byKey = new Map(rows.map((row) => [row.key, row]))
  const bySignedKey = new Map(rows.map((row) => [row.signed_key, row]))
  const results = new Map<StorableEvent, Accepted>()
  for (const event of events) {
    // The same signed bytes are the same event, whatever ID an unsigned header claims for them.
    const known = (event.signedKey === undefined ? undefined : bySignedKey.get(event.signedKey)) ?? byKey.get(event.key)
    if (known === undefined) continue
    const same =
      event.bodyHash.equals(known.body_hash) ||
      known.erased ||
      isListed(event, known) ||
      (await isSentAgain(pool, event, known.key))
    results.set(event, { acceptance: same ? 'duplicate' : 'anomaly', key: known.key })
  }
  for (const [event, { acceptance, key }] of results) if (acceptance === 'anomaly') await storeAnomaly(pool, key, event)
  return results
}

/** A provider writes an event of its list with other bytes than its webhook: the same fact nevertheless. */
const isListed = (event: StorableEvent, known: KnownEvent): boolean =>
  [event.secretSlot, known.secret_slot].includes(LISTED)

/** The provider marks every delivery, so that their bytes differ. What it does not mark has to be the same, while it is still there. */
async function isSentAgain(pool: Pool, event: StorableEvent, key: string): Promise<boolean> {
  if (event.volatile === undefined) return false
  const stored = await findBody(pool, key)
  return stored === undefined || isSameContent(event.body, stored.body, event.volatile)
}

/**
 * Rare, and bytes of up to 10 MiB each: one at a time is right. A repeated anomaly is one row. It belongs to the event that was there
 * and goes with that, whatever ID it claims. Of a source whose payloads may stay only until they are done, the hash says that there
 * was one.
 */
async function storeAnomaly(pool: Pool, key: string, event: StorableEvent): Promise<void> {
  await pool.query(
    `insert into posthorn.anomalies (id, key, source, event_id, kind, body_hash, headers, body)
     select $1, $2, $3, $4, 'other_body', $5, case when is_brief then '{}' else $6::jsonb end, case when is_brief then '' else $7::bytea end
     from (
       select exists (select from posthorn.sources where id = $3 and store_bodies = 'until_done') as is_brief
       -- Whoever erases the event now is waited for.
       from posthorn.events where key = $2 and erased_at is null for share
     ) known
     where not exists (select 1 from posthorn.anomalies where key = $2 and body_hash = $5)`,
    [randomUUID(), key, event.source, event.eventId, event.bodyHash, JSON.stringify(event.headers), event.body],
  )
}
