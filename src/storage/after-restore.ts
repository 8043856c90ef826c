import { recordAudit } from './audit-log.ts'
import { type Pool, transaction } from './pool.ts'

/**
 * Raises the sequence of canonical reads above whatever was drawn before the database was restored: versions that stand in other
 * databases would refuse what is read from now on. Milliseconds since 1970 are ahead of any number of reads, and a second restore, to
 * a time before this one, finds a higher number all the same. Returns the number.
 */
export async function raiseFetchSequence(pool: Pool, actor: string): Promise<string> {
  return transaction(pool, async (tx) => {
    const { rows } = await tx.query<{ setval: string }>(
      `select setval('posthorn.fetch_sequence', greatest(
         nextval('posthorn.fetch_sequence'), (extract(epoch from clock_timestamp()) * 1000)::bigint))`,
    )
    const { setval: fetchSequence } = rows[0] as { setval: string }
    await recordAudit(tx, { actor, action: 'database.restored', target: {}, detail: { fetchSequence } })
    return fetchSequence
  })
}
