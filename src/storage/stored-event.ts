import type { Executor } from './pool.ts'

export interface StoredBody {
  headers: Record<string, string>
  body: Buffer
}

/**
 * The bytes of an event, exactly as received.
 * @throws Error when retention has dropped them.
 */
export async function loadBody(executor: Executor, key: string): Promise<StoredBody> {
  const { rows } = await executor.query<StoredBody>({
    name: 'body-load',
    text: `select b.headers, b.body from posthorn.events e join posthorn.bodies b on b.key = e.key and b.day = e.body_day
           where e.key = $1`,
    values: [key],
  })
  const [stored] = rows
  if (stored === undefined) throw new Error(`the body of event ${key} is no longer stored`)
  return stored
}
