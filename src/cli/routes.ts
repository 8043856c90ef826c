import type { Route } from '../dispatcher/route-table.ts'
import type { RoutePause } from '../storage/route-pauses.ts'
import { CommandError } from './exit-codes.ts'
import { type Output, table } from './output.ts'

/** Prints which handler owns which events, the most specific pattern first, and which sources mirror beside it. */
export function routes(listed: readonly ListedRoute[], output: Output): void {
  output.show(listed, routeLines)
}

export interface ListedRoute {
  pattern: string
  handler: string
  kind: 'workflow' | 'activity' | 'mirror'
  mode: 'level' | 'edge'
  /** What a dead run does to its lane; absent where the events of one entity run side by side. */
  lane?: 'block' | 'skip'
  /** Absent while the route runs. */
  paused?: RoutePause & { waiting: number }
}

/** The same routes with what holds them back. */
export const withPauses = (
  listed: readonly ListedRoute[],
  pauses: readonly RoutePause[],
  waiting: ReadonlyMap<string, number>,
): ListedRoute[] =>
  listed.map((route) => {
    const pause = pauses.find(({ handler }) => handler === route.handler)
    return pause === undefined ? route : { ...route, paused: { ...pause, waiting: waiting.get(route.handler) ?? 0 } }
  })

/** The routes with the mirrors beside them: one row for every source that mirrors. */
export function listRoutes(
  routes: readonly Route[],
  sources: readonly { id: string; mirror: boolean }[],
): ListedRoute[] {
  const owned = routes.map(({ pattern, handler, kind, mode, lane }) => ({
    ...{ pattern, handler, kind, mode },
    ...(lane && { lane: lane.onDead }),
  }))
  const mirrored = sources
    .filter(({ mirror }) => mirror)
    .map(
      ({ id }) =>
        ({ pattern: `every entity of source ${id}`, handler: 'mirror', kind: 'mirror', mode: 'level' }) as const,
    )
  return [...owned, ...mirrored]
}

function routeLines(listed: readonly ListedRoute[]): string[] {
  const isAnyPaused = listed.some(({ paused }) => paused !== undefined)
  return table(
    ['PATTERN', 'HANDLER', 'KIND', 'MODE', ...(isAnyPaused ? ['PAUSED'] : [])],
    listed.map(({ pattern, handler, kind, mode, lane, paused }) => [
      pattern,
      handler,
      kind,
      lane === undefined ? mode : `${mode}, lane (${lane})`,
      ...(isAnyPaused ? [paused === undefined ? '' : pauseText(paused)] : []),
    ]),
    'There are no routes: export a handler from workflows/index.ts.',
  )
}

const pauseText = ({ pausedAt, actor, reason, waiting }: NonNullable<ListedRoute['paused']>): string =>
  `since ${pausedAt.toISOString()} by ${actor ?? 'itself'}: ${reason}; ${waiting} ${waiting === 1 ? 'waits' : 'wait'}`

/**
 * Compares the printed table with a reviewed one: a renamed workflow type strands the runs that carry the old name.
 * @throws CommandError that shows the first difference.
 */
export function checkRoutes(listed: readonly ListedRoute[], expected: string, file: string): void {
  const actual = routeLines(listed)
  const reviewed = expected.trimEnd().split('\n')
  const index = actual.findIndex((line, at) => line !== reviewed[at])
  const at = index === -1 && reviewed.length > actual.length ? actual.length : index
  if (at === -1) return
  throw new CommandError(
    'failed',
    `The routes differ from ${file} in line ${at + 1}: it says "${reviewed[at] ?? ''}", the routes say "${actual[at] ?? ''}". ` +
      `If that is meant, run \`posthorn routes > ${file}\`.`,
  )
}
