import type { Pool } from '../../src/storage/pool.ts'

/** As if everything in the inbox had come `days` days earlier, with the partitions of that day. */
export async function ageEverything(pool: Pool, days: number): Promise<{ bodies: string; receipts: string }> {
  const { rows } = await pool.query<{ day: string }>(
    `select to_char((now() at time zone 'utc')::date - $1::integer, 'YYYY-MM-DD') as day`,
    [days],
  )
  const day = rows[0]?.day ?? ''
  const suffix = day.replaceAll('-', '')
  for (const parent of ['bodies', 'receipts']) {
    await pool.query(
      `create table if not exists posthorn.${parent}_${suffix} partition of posthorn.${parent}
       for values from ('${day}') to (date '${day}' + 1)`,
    )
    await pool.query(`update posthorn.${parent} set day = $1`, [day])
  }
  await pool.query(
    `update posthorn.events set body_day = $1, received_at = received_at - $2 * interval '1 day',
       state_at = state_at - $2 * interval '1 day'`,
    [day, days],
  )
  await pool.query(`update posthorn.anomalies set seen_at = seen_at - $1 * interval '1 day'`, [days])
  return { bodies: `bodies_${suffix}`, receipts: `receipts_${suffix}` }
}
