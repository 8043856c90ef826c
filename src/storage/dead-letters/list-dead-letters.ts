import type { EventState } from '../../domain/event-state.ts'
import type { Executor } from '../pool.ts'
import { type DeadLetterPlace, toCursor } from './cursor.ts'
import { type DeadLetterFilter, FILTER, filterValues } from './filter.ts'

export interface DeadLetter {
  source: string
  eventId: string
  type: string
  handler: string
  /** The attempt that is dead. */
  attempt: number
  code: string
  message: string
  fingerprint: string
  receivedAt: Date
  deadLetteredAt: Date
  /** How often a person has replayed it since its handler last ended well. */
  replays: number
  /** `received` or `dispatched` while a replay is under way. */
  eventState: EventState
  /** Names its place, for the page that follows. */
  cursor: string
}

export interface DeadLetterPage {
  filter: DeadLetterFilter
  order: 'newest_first' | 'oldest_first'
  /** Begin behind this place. */
  after?: DeadLetterPlace | undefined
  limit: number
}

const LISTED = {
  newest_first: listed({ behind: '<', direction: 'desc' }),
  oldest_first: listed({ behind: '>', direction: 'asc' }),
}

/** Reads one page in the order of the index; events are looked up for the rows of the page only. */
function listed({ behind, direction }: { behind: '<' | '>'; direction: 'desc' | 'asc' }): string {
  const order = ['dead_lettered_at', 'key', 'handler'].map((column) => `d.${column} ${direction}`).join(', ')
  return `
    select d.source, e.event_id as "eventId", d.type, d.handler, d.attempt, d.code, d.message, d.fingerprint,
      d.received_at as "receivedAt", d.dead_lettered_at as "deadLetteredAt", d.replays, e.state as "eventState", d.key,
      to_char(d.dead_lettered_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at
    from (
      select * from posthorn.dead_letters d
      where ${FILTER}
        and ($8::timestamptz is null or (d.dead_lettered_at, d.key, d.handler) ${behind} ($8, $9::uuid, $10::text))
      order by ${order} limit $11
    ) d join posthorn.events e using (key)
    order by ${order}`
}

/** One page of dead letters. */
export async function listDeadLetters(executor: Executor, page: DeadLetterPage): Promise<DeadLetter[]> {
  const { filter, order, after, limit } = page
  const { rows } = await executor.query<Omit<DeadLetter, 'cursor'> & { at: string; key: string }>(LISTED[order], [
    ...filterValues(filter),
    after?.at,
    after?.key,
    after?.handler,
    limit,
  ])
  return rows.map(({ at, key, ...row }) => ({ ...row, cursor: toCursor({ at, key, handler: row.handler }) }))
}

/** Dead letters of one kind. */
export interface DeadLetterGroup {
  fingerprint: string
  handler: string
  code: string
  /** One of their messages. */
  message: string
  count: number
  firstAt: Date
  latestAt: Date
}

/** The kinds of failures among the dead letters, the most frequent first. */
export async function groupDeadLetters(
  executor: Executor,
  filter: DeadLetterFilter,
  limit: number,
): Promise<DeadLetterGroup[]> {
  const { rows } = await executor.query<DeadLetterGroup>(
    `select d.fingerprint, d.handler, d.code, min(d.message) as message, count(*)::integer as count,
       min(d.dead_lettered_at) as "firstAt", max(d.dead_lettered_at) as "latestAt"
     from posthorn.dead_letters d where ${FILTER}
     group by d.fingerprint, d.handler, d.code order by count desc, d.fingerprint limit $8`,
    [...filterValues(filter), limit],
  )
  return rows
}
