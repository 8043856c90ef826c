import type { Pool } from '../../src/storage/pool.ts'

/** Leaves the bodies and the receipts without a single day. */
export async function dropAllPartitions(pool: Pool): Promise<void> {
  await pool.query(`do $$ declare name text; begin
    for name in select inhrelid::regclass::text from pg_inherits where inhparent in ('posthorn.bodies'::regclass, 'posthorn.receipts'::regclass)
    loop execute 'drop table ' || name; end loop; end $$`)
}
