import type { EntityRef } from '../domain/event.ts'
import { EVENT_STATES, type EventState } from '../domain/event-state.ts'
import type { Executor } from './pool.ts'

export interface Overview {
  events: Record<EventState, number>
  /** Waiting for dispatch, or dispatched and not closed; replays and runs that only mirror included. */
  unfinished: number
  /** From the commit of an event to the end of its last run, in ms; undefined while none has ended. */
  closedMs: { p50: number; p99: number } | undefined
  /** Dead letters by their code. */
  deadLetters: Map<string, number>
}

/** All events at once, for the few thousand of a demonstration: it reads every row. */
export async function readOverview(executor: Executor): Promise<Overview> {
  const states = await executor.query<{ state: EventState; count: number }>(
    'select state, count(*)::integer as count from posthorn.events group by state',
  )
  const work = await executor.query<{ unfinished: number; latency: [number, number] | null }>(
    `select
       (select count(*) from posthorn.queue)::integer + (select count(*) from posthorn.open_runs)::integer
         + (select count(*) from posthorn.lane_entries where state = 'waiting')::integer
         + (select count(*) from posthorn.held_runs)::integer as unfinished,
       (select percentile_disc(array[0.5, 0.99]) within group (order by extract(epoch from state_at - received_at)::float8 * 1000)
        from posthorn.events where state in ('processed', 'ignored', 'dead')) as latency`,
  )
  const dead = await executor.query<{ code: string; count: number }>(
    'select code, count(*)::integer as count from posthorn.dead_letters group by code order by count desc',
  )
  const counts = new Map(states.rows.map(({ state, count }) => [state, count]))
  const events = Object.fromEntries(EVENT_STATES.map((state) => [state, counts.get(state) ?? 0])) as Overview['events']
  const [row] = work.rows
  const [p50, p99] = row?.latency ?? []
  return {
    events,
    unfinished: row?.unfinished ?? 0,
    closedMs: p50 === undefined || p99 === undefined ? undefined : { p50, p99 },
    deadLetters: new Map(dead.rows.map(({ code, count }) => [code, count])),
  }
}

export interface MirroredState {
  source: string
  entity: EntityRef
  /** Undefined for a tombstone. */
  state: unknown
}

/** The whole mirror, or that of one source. */
export async function readMirror(executor: Executor, source?: string): Promise<MirroredState[]> {
  const { rows } = await executor.query<{ source: string; kind: string; entity_id: string; state: unknown }>(
    `select source, kind, entity_id, case when deleted_at is null then state end as state from posthorn.entities
     where source = coalesce($1, source)`,
    [source ?? null],
  )
  return rows.map(({ source, kind, entity_id: id, state }) => ({
    source,
    entity: { kind, id },
    state: state ?? undefined,
  }))
}
