import type { EventRun } from '../domain/workflow-id.ts'
import { eventKey } from './event-key.ts'
import type { Executor } from './pool.ts'
import { toStorableText } from './storable-text.ts'

/** One try of an activity that failed. */
export interface FailedTry {
  run: EventRun
  /** Tells the activity from others of its name in the same run. */
  activityId: string
  activity: string
  /** 1 for the first. */
  try: number
  code: string
  message: string
}

/** Of each activity, tries up to this one have a row each; later ones share the last, which then holds the latest. */
const SLOTS = 20

const RECORD = `
  with input as (
    select * from json_to_recordset($1) as i(
      key uuid, handler text, attempt integer, activity_id text, slot smallint, activity text, try integer, code text, message text)
  ), written as (
    insert into posthorn.run_failures (key, handler, attempt, activity_id, slot, activity, try, code, message)
    select key, handler, attempt, activity_id, slot, activity, try, code, message from input
    on conflict (key, handler, attempt, activity_id, slot) do update
    set activity = excluded.activity, try = excluded.try, code = excluded.code, message = excluded.message, at = now()
  )
  select distinct key, handler, attempt from input i
  where not exists (
    select 1 from posthorn.run_failures f where f.key = i.key and f.handler = i.handler and f.attempt = i.attempt)`

/** Keeps failed tries. For each, in order: whether it belongs to a run that had none before. */
export async function recordFailedTries(executor: Executor, tries: readonly FailedTry[]): Promise<boolean[]> {
  const rows = tries.map(toRow)
  // Two of one slot in one statement would be an error; the later one is what the row holds in the end.
  const latest = new Map(rows.map((row) => [JSON.stringify([identity(row), row.activity_id, row.slot]), row]))
  const { rows: fresh } = await executor.query<RunColumns>({
    name: 'run-failures',
    text: RECORD,
    values: [JSON.stringify([...latest.values()])],
  })
  const isFirst = new Set(fresh.map(identity))
  return rows.map((row) => isFirst.delete(identity(row)))
}

interface RunColumns {
  key: string
  handler: string
  attempt: number
}

const identity = ({ key, handler, attempt }: RunColumns): string => `${key}/${handler}/${attempt}`

const toRow = ({ run, ...failed }: FailedTry) => ({
  key: run.key ?? eventKey(run.source, run.eventId),
  handler: run.handler,
  attempt: run.attempt,
  activity_id: failed.activityId,
  slot: Math.min(failed.try, SLOTS),
  activity: failed.activity,
  try: failed.try,
  code: toStorableText(failed.code, 200),
  message: toStorableText(failed.message, 1000),
})
