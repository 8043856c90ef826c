import type { Client } from '@temporalio/client'
import type { Source } from '../providers/source.ts'
import { createGroupCommit } from '../storage/group-commit.ts'
import { offerUnrouted } from '../storage/offer-unrouted.ts'
import type { Pool } from '../storage/pool.ts'
import { type Claim, type StartedRun, ROWS_FOR_ONE_LATER, claimQueue, recordStarts } from '../storage/queue.ts'
import { deployedRouteTable } from '../storage/route-tables.ts'
import type { ClosedRun } from '../storage/runs.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { createBulkheads } from './bulkheads.ts'
import { type DispatchContext, dispatchClaim } from './dispatch-claim.ts'
import { type Halt, createHalt } from './halt.ts'
import { lookRegularly } from './look-regularly.ts'
import { createPace } from './pace.ts'
import type { RouteGates } from './route-gates.ts'
import type { RouteTable } from './route-table.ts'
import { type SourceGates, createSourceGates } from './source-gates.ts'

export interface DispatcherOptions {
  pool: Pool
  client: Client
  sources: ReadonlyMap<string, Source>
  routes: RouteTable
  routeGates: RouteGates
  withSearchAttributes: boolean
  closeRun: (run: ClosedRun) => Promise<boolean>
  metrics: Metrics
  logger: Logger
  settings: DispatcherSettings
}

export interface DispatcherSettings {
  /** Events on their way to Temporal at most. */
  maxInFlight: number
  /** After this long without a word a claim is anybody's again. Milliseconds. */
  leaseMs: number
  /** How often to look without being woken. Milliseconds. */
  pollMs: number
  /** How old an open run is when the sweep first asks after it. Milliseconds. */
  checkAfterMs: number
}

export interface Dispatcher {
  /** There may be work. */
  wake(): void
  /** Claims nothing more, and resolves when what was claimed has been recorded or given back. */
  stop(): Promise<void>
}

/** How often to look whether a newer deployment has taken over. */
const WATCH_EVERY_MS = 5_000
/** How often to look at least which sources and routes may go. */
const LOOK_AT_GATES_MS = 1_000
/** Rows in one claim at most: their bodies come along. */
const MAX_CLAIM = 100
/** Unrouted events that get their route, in one transaction. */
const OFFERED_AT_ONCE = 1_000

/** Brings events from the inbox to Temporal: claims, starts, records. Any number may run side by side. */
export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { settings, logger } = options
  const pace = createPace(settings.maxInFlight)
  const starts = createStartRecorder(options)
  const halt = createHalt(options)
  const context: DispatchContext = { ...options, pace, recordStart: starts.add, halt, wake }
  const sourceGates = createSourceGates(options)
  const bulkheads = createBulkheads(options.sources.keys(), settings.maxInFlight, sourceGates.allowance)
  const claim = createClaimer(options, sourceGates)
  const inFlight = new Set<Promise<void>>()
  let stopped = false
  let pumping: Promise<void> | undefined
  let again = false
  /** The last claim was as large as it could be: there is more behind it. */
  let backlog = false

  function wake(): void {
    again = true
    pumping ??= pump().finally(() => (pumping = undefined))
  }

  async function pump(): Promise<void> {
    while (again && !stopped && !halt.active) {
      again = false
      try {
        await claimAll()
      } catch (error) {
        // The next poll tries again: a database that is away must not end the process.
        logger.warn({ error: (error as Error).message }, 'dispatch.claim_failed')
      }
    }
  }

  async function claimAll(): Promise<void> {
    const room = () => Math.min(pace.limit - inFlight.size, MAX_CLAIM)
    for (let limit = room(); limit > 0 && !stopped && !halt.active; limit = room()) {
      const rooms = bulkheads.rooms(limit)
      if (rooms.length === 0) return
      const claims = await claim(limit, rooms)
      for (const claim of claims) track(claim)
      backlog = claims.length === limit || isAnyFull(rooms, claims)
      if (claims.length < limit) return
    }
  }

  function track(claim: Claim): void {
    bulkheads.enter(claim.event.source)
    sourceGates.pass(claim.event.source)
    const work = dispatchClaim(context, claim)
      .catch((error: unknown) => {
        logger.warn({ eventId: claim.event.eventId, error: (error as Error).message }, 'dispatch.failed')
      })
      .finally(() => {
        inFlight.delete(work)
        bulkheads.leave(claim.event.source)
        if (backlog) wake()
      })
    inFlight.add(work)
  }

  async function lookAtGates(): Promise<void> {
    try {
      await Promise.all([sourceGates.refresh(), options.routeGates.refresh()])
      // What stood still may go now.
      wake()
    } catch (error) {
      logger.warn({ error: (error as Error).message }, 'dispatch.gates_unseen')
    }
  }

  const stopLooking = [
    lookRegularly(WATCH_EVERY_MS, async () => {
      await lookAtRouteTable(options, halt)
      await lookAtUnrouted(options, { wake, goesOn: () => !stopped && !halt.active })
    }),
    lookRegularly(Math.min(settings.pollMs, LOOK_AT_GATES_MS), lookAtGates),
  ]
  const poll = setInterval(wake, settings.pollMs)
  return {
    wake,
    async stop() {
      stopped = true
      clearInterval(poll)
      await Promise.all([pumping, ...stopLooking.map((stop) => stop())])
      await Promise.all(inFlight)
      await starts.drain()
    },
  }
}

/** Records starts in shared commits. */
const createStartRecorder = ({ pool, settings }: DispatcherOptions) =>
  createGroupCommit<StartedRun[], void>({
    flush: async (batch) => {
      await recordStarts(pool, batch.flat(), settings.checkAfterMs)
      return batch.map(() => undefined)
    },
  })

/** Claims are small while runs start one by one: of ten rows one may go to what is not live, however they were claimed. */
function createClaimer({ pool, routes, settings: { leaseMs } }: DispatcherOptions, gates: SourceGates) {
  let sinceLater = 0
  return async (limit: number, free: [source: string, rows: number][]): Promise<Claim[]> => {
    const oneLater = sinceLater >= ROWS_FOR_ONE_LATER
    const rooms = free.map(([source, rows]) => [source, rows, gates.isLiveOnly(source)] as const)
    const claims = await claimQueue(pool, { limit, rooms, oneLater, leaseMs, routes: routes.hash })
    sinceLater = (oneLater ? 0 : sinceLater) + claims.length
    return claims
  }
}

/** Also what a program of before found no route for a moment ago. */
async function lookAtUnrouted(
  { pool, routes, logger }: DispatcherOptions,
  { wake, goesOn }: { wake: () => void; goesOn: () => boolean },
): Promise<void> {
  const wants = (provider: string, type: string): boolean => routes.find(provider, type) !== undefined
  try {
    let offered = OFFERED_AT_ONCE
    while (offered === OFFERED_AT_ONCE && goesOn()) {
      offered = await offerUnrouted(pool, wants, OFFERED_AT_ONCE)
      if (offered > 0) logger.info({ events: offered }, 'unrouted.offered_again')
      if (offered > 0) wake()
    }
  } catch (error) {
    logger.warn({ error: (error as Error).message }, 'unrouted.unseen')
  }
}

/** Whether a newer deployment has taken over. */
async function lookAtRouteTable({ pool, routes }: DispatcherOptions, halt: Halt): Promise<void> {
  const deployed = await deployedRouteTable(pool).catch(() => undefined)
  if (deployed === undefined) return
  if (deployed.hash === routes.hash) halt.clear('route_table')
  else halt.raise('route_table', `route table ${deployed.hash} is deployed, this process has ${routes.hash}`)
}

/** A source that filled its room may have more behind it. */
function isAnyFull(rooms: readonly [source: string, rows: number][], claims: readonly Claim[]): boolean {
  return rooms.some(([source, size]) => claims.filter(({ event }) => event.source === source).length >= size)
}
