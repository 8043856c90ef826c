import { type Pool, transaction } from './pool.ts'
import { lockEvents } from './settle.ts'

/**
 * Unrouted events this recent are offered again when a route for them appears; older ones are a person's to replay. The view
 * `unfinished` says the same: what may be offered keeps its bytes.
 */
const OFFER_AGAIN_HOURS = 72

/**
 * Puts recent unrouted events of which `wants` says that they have a route now back into the queue. Returns how many, at most `limit`:
 * a type that nobody routed for days has more of them than one transaction should move.
 */
export async function offerUnrouted(
  pool: Pool,
  wants: (provider: string, type: string) => boolean,
  limit: number,
): Promise<number> {
  const wanted = (await unroutedTypes(pool)).filter(({ provider, type }) => wants(provider, type))
  if (wanted.length === 0) return 0
  return transaction(pool, async (tx) => {
    const { rows } = await tx.query<{ key: string }>(
      `select u.key from json_to_recordset($1) as w(provider text, type text)
       join posthorn.unrouted u on (u.provider, u.type) = (w.provider, w.type) and u.received_at > now() - $2 * interval '1 hour'
       limit $3`,
      [JSON.stringify(wanted), OFFER_AGAIN_HOURS, limit],
    )
    const keys = rows.map(({ key }) => key)
    if (keys.length === 0) return 0
    await lockEvents(tx, keys)
    const { rowCount } = await tx.query(
      `with offered as (delete from posthorn.unrouted where key = any($1::uuid[]) returning key),
       received as (
         update posthorn.events e set state = 'received', state_at = now()
         from offered where e.key = offered.key and e.state = 'unrouted' returning e.source, e.key)
       insert into posthorn.queue (source, key) select source, key from received`,
      [keys],
    )
    return rowCount ?? 0
  })
}

/** Each type once, from the index: one step for each, however many events it has. */
async function unroutedTypes(pool: Pool): Promise<{ provider: string; type: string }[]> {
  const { rows } = await pool.query<{ provider: string; type: string }>({
    name: 'unrouted-types',
    text: `
      with recursive types as (
        (select provider, type from posthorn.unrouted order by provider, type limit 1)
        union all
        select next.provider, next.type from types t cross join lateral (
          select provider, type from posthorn.unrouted u
          where (u.provider, u.type) > (t.provider, t.type) order by provider, type limit 1) next
      )
      select provider, type from types`,
  })
  return rows
}
