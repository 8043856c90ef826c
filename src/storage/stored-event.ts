import { FAILURES, type FailureCode } from '../domain/failure-codes.ts'
import type { Executor } from './pool.ts'

export interface StoredBody {
  headers: Record<string, string>
  body: Buffer
}

/** Retention or a person has erased the bytes: asking again cannot help. */
export class PayloadGoneError extends Error {
  override readonly name = 'PayloadGoneError'
  readonly code = 'payload_gone' satisfies FailureCode

  constructor() {
    super(FAILURES.payload_gone)
  }
}

/**
 * The bytes of an event, exactly as received.
 * @throws PayloadGoneError when they have been erased.
 */
export async function loadBody(executor: Executor, key: string): Promise<StoredBody> {
  const stored = await findBody(executor, key)
  if (stored === undefined) throw new PayloadGoneError()
  return stored
}

/** The same for those who can do without: undefined when they have been erased. */
export async function findBody(executor: Executor, key: string): Promise<StoredBody | undefined> {
  const { rows } = await executor.query<{
    headers: StoredBody['headers'] | null
    body: Buffer
    leaving: string | null
  }>({
    name: 'body-load',
    text: `select coalesce(b.headers, k.headers) as headers, coalesce(b.body, k.body) as body,
             case when coalesce(b.key, k.key) is null
               then to_regclass('posthorn.bodies_' || to_char(e.body_day, 'YYYYMMDD'))::text end as leaving
           from posthorn.events e
           left join posthorn.bodies b on b.key = e.key and b.day = e.body_day
           left join posthorn.kept_bodies k on k.key = e.key
           where e.key = $1`,
    values: [key],
  })
  const [row] = rows
  if (row === undefined) return undefined
  const { headers, body, leaving } = row
  if (headers !== null) return { headers, body }
  return leaving === null ? undefined : findInPartition(executor, leaving, key)
}

/** A partition that is detached and not yet dropped: what is still needed of it will stand in kept_bodies, and does not yet. */
async function findInPartition(executor: Executor, partition: string, key: string): Promise<StoredBody | undefined> {
  const { rows } = await executor.query<StoredBody>(`select headers, body from ${partition} where key = $1`, [key])
  return rows[0]
}
