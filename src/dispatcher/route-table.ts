import { createHash } from 'node:crypto'
import { compareSpecificity, matchesEvent } from '../domain/event-pattern.ts'
import type { EventActivityRoute, EventWorkflow, LaneOptions } from '../kit/event-workflow.ts'
import type { LaneRules } from '../storage/lanes.ts'
import type { PublishedRoute } from '../storage/route-tables.ts'

/** The workflow that runs a route's one activity, and the one that mirrors: their names are in recorded histories. */
const ACTIVITY_WORKFLOW = 'posthornActivity'
const MIRROR_WORKFLOW = 'posthornMirror'
export const MIRROR_HANDLER = 'mirror'

export interface Route extends PublishedRoute {
  kind: 'workflow' | 'activity'
  mode: 'level' | 'edge'
  /** Absent: the events of one entity run side by side. */
  lane?: LaneRules
}

export interface RouteTable {
  /** Most specific first. */
  readonly routes: readonly Route[]
  /** Differs when a route does. */
  readonly hash: string
  /** The one route that owns an event: the most specific pattern wins. */
  find(provider: string, type: string): Route | undefined
  /** The workflow type of a handler that a replay names; undefined when no such handler exists any more. */
  workflowTypeOf(handler: string): string | undefined
  /** How the handler's lanes behave; undefined where it has none. */
  laneOf(handler: string): LaneRules | undefined
}

/**
 * Reads the routes from the exports of `workflows/index`.
 * @throws Error naming every clash: two owners of one pattern, or a name that is reserved.
 */
export function createRouteTable(exports: Readonly<Record<string, unknown>>): RouteTable {
  const routes = Object.entries(exports).flatMap(([name, exported]) => toRoute(name, exported) ?? [])
  routes.sort((a, b) => compareSpecificity(a.pattern, b.pattern))
  assertUnambiguous(routes)
  return toRouteTable(routes)
}

/** The table of routes that were read, sorted and checked before. */
export function toRouteTable(routes: readonly Route[]): RouteTable {
  const types = new Map(routes.map((route) => [route.handler, route.workflowType]))
  types.set(MIRROR_HANDLER, MIRROR_WORKFLOW)
  const lanes = new Map(routes.map((route) => [route.handler, route.lane]))
  return {
    routes,
    hash: createHash('sha256').update(JSON.stringify(routes)).digest('hex').slice(0, 16),
    find: (provider, type) => routes.find((route) => matchesEvent(route.pattern, provider, type)),
    workflowTypeOf: (handler) => types.get(handler),
    laneOf: (handler) => lanes.get(handler),
  }
}

function toRoute(name: string, exported: unknown): Route | undefined {
  const tag = (exported as Partial<EventWorkflow | EventActivityRoute> | null)?.posthorn
  if (tag === undefined) return undefined
  const { on: pattern, kind, mode } = tag
  const lane = tag.lane && { lane: toRules(tag.lane) }
  return tag.kind === 'workflow'
    ? { pattern, handler: name, workflowType: name, kind, mode, ...lane }
    : { pattern, handler: tag.activity, workflowType: ACTIVITY_WORKFLOW, kind, mode, ...lane }
}

const DEFAULT_GAP_WAIT_SECONDS = 60

const toRules = ({ onDead, gapWaitSeconds = DEFAULT_GAP_WAIT_SECONDS }: LaneOptions): LaneRules => ({
  onDead,
  gapWaitMs: gapWaitSeconds * 1000,
})

function assertUnambiguous(routes: Route[]): void {
  const problems: string[] = []
  const owners = new Map<string, Route>()
  const kinds = new Map<string, Route>()
  for (const route of routes) {
    const owner = owners.get(route.pattern)
    if (owner) problems.push(`${route.pattern} has two owners: ${owner.handler} and ${route.handler}`)
    owners.set(route.pattern, route)
    const namesake = kinds.get(route.handler)
    if (namesake && namesake.workflowType !== route.workflowType) {
      problems.push(`${route.handler} is the name of a workflow and of an activity: runs could not be told apart`)
    }
    if (namesake && JSON.stringify(namesake.lane) !== JSON.stringify(route.lane)) {
      problems.push(`${route.handler} has routes with different lanes: its events of one entity would pass each other`)
    }
    kinds.set(route.handler, route)
    if (route.handler === MIRROR_HANDLER || route.handler.startsWith('posthorn')) {
      problems.push(`${route.handler} is a name of the engine: choose another`)
    }
  }
  if (problems.length > 0)
    throw new Error(`workflows/index does not give every event one owner:\n  ${problems.join('\n  ')}`)
}
