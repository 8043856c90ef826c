import { toLikePattern } from '../replays/replay-filter.ts'

/** Which dead letters are meant. */
export interface DeadLetterFilter {
  source?: string
  /** An event type; `*` stands for any run of characters. */
  type?: string
  handler?: string
  code?: string
  fingerprint?: string
  /** Dead since then. */
  since?: Date
  /** Dead before then. */
  until?: Date
}

/** The filter as a condition on `posthorn.dead_letters d`, with parameters 1 to 7 from `filterValues`. */
export const FILTER = `($1::text is null or d.source = $1) and ($2::text is null or d.type like $2)
  and ($3::text is null or d.handler = $3) and ($4::text is null or d.code = $4)
  and ($5::text is null or d.fingerprint = $5)
  and ($6::timestamptz is null or d.dead_lettered_at >= $6) and ($7::timestamptz is null or d.dead_lettered_at < $7)`

export const filterValues = (filter: DeadLetterFilter): unknown[] => [
  filter.source,
  filter.type && toLikePattern(filter.type),
  filter.handler,
  filter.code,
  filter.fingerprint,
  filter.since,
  filter.until,
]
