import type { EntityRef, EventRef } from '../domain/event.ts'
import type { Source } from '../providers/source.ts'
import type { Claim } from '../storage/queue.ts'
import { MIRROR_HANDLER, type RouteTable } from './route-table.ts'
import type { RunStart } from './start-run.ts'

export type Plan =
  | { kind: 'start'; runs: RunStart[] }
  | { kind: 'unrouted' }
  /** The row names a handler that the deployed table, by which it was claimed, does not have. */
  | { kind: 'gone'; handler: string }
  /** This process cannot know what to do: another one may. */
  | { kind: 'unknown'; why: string }

/** Says what a claimed event needs: its route's run, its mirror's, both, or neither. */
export function planRuns(claim: Claim, routes: RouteTable, sources: ReadonlyMap<string, Source>): Plan {
  const source = sources.get(claim.event.source)
  if (source === undefined) return { kind: 'unknown', why: `source ${claim.event.source} is not configured here` }
  const handlers = claim.handler === undefined ? handlersOf(claim, routes, source) : [claim.handler]
  if (handlers.length === 0) return { kind: 'unrouted' }
  const runs: RunStart[] = []
  for (const handler of handlers) {
    const workflowType = routes.workflowTypeOf(handler)
    if (workflowType === undefined) return { kind: 'gone', handler }
    const { taskQueue } = source
    runs.push({ event: referenceFor(claim, handler), workflowType, taskQueue, priority: claim.priority })
  }
  return { kind: 'start', runs }
}

function handlersOf(claim: Claim, routes: RouteTable, source: Source): string[] {
  const route = routes.find(claim.event.provider, claim.event.type)
  const handlers = route === undefined ? [] : [route.handler]
  // Beside the handler, not in place of it.
  if (source.mirror && isMirrored(source, claim.event.entity)) handlers.push(MIRROR_HANDLER)
  return handlers
}

function isMirrored({ provider }: Source, entity: EntityRef | undefined): boolean {
  if (entity === undefined) return false
  return 'view' in provider.canonical || provider.canonical.kinds.includes(entity.kind)
}

const referenceFor = (claim: Claim, handler: string): EventRef => ({
  schemaVersion: 1,
  kit: 1,
  ...claim.event,
  handler,
  attempt: claim.attempt,
  priority: claim.priority,
})
