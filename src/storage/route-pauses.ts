import type { Executor } from './pool.ts'

export interface RoutePause {
  handler: string
  pausedAt: Date
  /** Who paused it; undefined where it paused itself. */
  actor?: string
  reason: string
}

/** Routes that are paused now. */
export async function readRoutePauses(executor: Executor): Promise<RoutePause[]> {
  const { rows } = await executor.query<{ handler: string; paused_at: Date; actor: string | null; reason: string }>({
    name: 'route-pauses-read',
    text: 'select handler, paused_at, actor, reason from posthorn.route_pauses order by handler',
  })
  return rows.map(({ handler, paused_at: pausedAt, actor, reason }) => ({
    handler,
    pausedAt,
    reason,
    ...(actor !== null && { actor }),
  }))
}

/** Pauses a route that its own dead runs spoke against. False where it is paused already. `build` names the code that runs. */
export async function pauseFailingRoute(
  executor: Executor,
  pause: { handler: string; reason: string; build: string },
): Promise<boolean> {
  const { rowCount } = await executor.query(
    'insert into posthorn.route_pauses (handler, reason, build) values ($1, $2, $3) on conflict do nothing',
    [pause.handler, pause.reason, pause.build],
  )
  return rowCount === 1
}

/** Pauses a route for a person: only a person resumes it, whatever is deployed. */
export async function pauseRoute(
  executor: Executor,
  pause: { handler: string; reason: string; actor: string },
): Promise<void> {
  await executor.query(
    `insert into posthorn.route_pauses (handler, reason, actor) values ($1, $2, $3)
     on conflict (handler) do update set reason = excluded.reason, actor = excluded.actor, build = null`,
    [pause.handler, pause.reason, pause.actor],
  )
}

/** False where the route was not paused. */
export async function resumeRoute(executor: Executor, handler: string): Promise<boolean> {
  const { rowCount } = await executor.query('delete from posthorn.route_pauses where handler = $1', [handler])
  return rowCount === 1
}

/** Other code than the one that failed has come: what paused itself gets another chance. Returns the handlers. */
export async function resumeFailedRoutes(executor: Executor, build: string): Promise<string[]> {
  await executor.query('insert into posthorn.builds (build) values ($1) on conflict do nothing', [build])
  const { rows } = await executor.query<{ handler: string }>(
    'delete from posthorn.route_pauses where actor is null and build <> $1 returning handler',
    [build],
  )
  return rows.map(({ handler }) => handler)
}

/**
 * Lifts what an older program has paused. In a rolling deployment it still runs beside the one that mends it, takes what that one
 * released, and pauses the route again: the pause stays for a minute, so that it has an effect as long as the older program is there.
 * Returns the handlers.
 */
export async function liftOlderPauses(executor: Executor, build: string): Promise<string[]> {
  const { rows } = await executor.query<{ handler: string }>(
    `delete from posthorn.route_pauses p using posthorn.builds theirs, posthorn.builds ours
     where p.actor is null and theirs.build = p.build and ours.build = $1 and theirs.first_seen < ours.first_seen
       and p.paused_at < now() - interval '1 minute'
     returning p.handler`,
    [build],
  )
  return rows.map(({ handler }) => handler)
}
