import type { Random } from '../simulator/random.ts'

export const PARTS = ['receiver', 'worker', 'postgres', 'temporal'] as const
export type PartName = (typeof PARTS)[number]

/** Who calls whom, over a connection that can be disturbed. */
export const LINKS = ['receiver-postgres', 'worker-postgres', 'worker-temporal', 'worker-api'] as const
export type LinkName = (typeof LINKS)[number]

export interface PartFault {
  /** SIGKILL and, after `ms`, a new start; or SIGSTOP and, after `ms`, SIGCONT. */
  kind: 'kill' | 'stop'
  part: PartName
}

export interface LinkFault {
  /** Connections are cut and refused; or nothing passes; or everything passes late. */
  kind: 'refuse' | 'freeze' | 'delay'
  link: LinkName
}

export type Fault = (PartFault | LinkFault) & {
  /** How many changes have happened when it strikes. */
  at: number
  /** How long it lasts. */
  ms: number
}

export interface FaultPlanOptions {
  /** Changes in all; `Infinity` where only time ends the run. */
  events: number
  /** Time may end the run before they have all happened: the first rounds are then short ones. */
  isTimed?: boolean
  /** What may be killed and stopped. */
  parts: readonly PartName[]
  /** What may be disturbed; none where servers belong to somebody else. */
  links: readonly LinkName[]
  random: Random
}

const KILLS = 4
const STOPS = 2
const DISTURBANCES = 3

/** In milliseconds. Longer than any pause between two tries of ours, shorter than the patience of those who wait. */
const LASTS: Readonly<Record<Fault['kind'], readonly [from: number, to: number]>> = {
  kill: [0, 1_500],
  stop: [500, 3_000],
  refuse: [300, 2_500],
  freeze: [500, 3_000],
  delay: [1_000, 4_000],
}

/** What goes wrong and when, in rounds: in each every part is killed once, and others are stopped and disturbed by chance. */
export function* faultPlan(options: FaultPlanOptions): Generator<Fault> {
  const { events, random } = options
  let size = 0
  for (let start = 0, round = 0; ; start += size, round += 1) {
    size = roundSize(options, round)
    if (start + size > events) return
    const faults = shuffled(faultsOfRound(options), random)
    const slot = size / faults.length
    for (const [index, fault] of faults.entries()) {
      const at = Math.floor(start + (index + random.fraction()) * slot)
      yield { ...fault, at, ms: random.integer(...LASTS[fault.kind]) }
    }
  }
}

/** A minute of a slow machine is some hundred events. */
const FIRST_TIMED_ROUND = 100

/** Where time ends the run, rounds grow up to what they are elsewhere, so that every part is killed soon, whenever the end comes. */
function roundSize({ events, isTimed = false }: FaultPlanOptions, round: number): number {
  const full = fullRoundSize(events)
  return isTimed ? Math.min(full, FIRST_TIMED_ROUND * 2 ** round) : full
}

/** A short run is one round, 2,000 events are three, and a long run takes 2,000 for each, or so many more that there are twenty. */
function fullRoundSize(events: number): number {
  if (events > 6_000) return Number.isFinite(events) ? Math.max(2_000, Math.ceil(events / 20)) : 2_000
  return Math.floor(events / Math.min(3, Math.max(1, Math.floor(events / 200))))
}

function faultsOfRound({ parts, links, random }: FaultPlanOptions): (PartFault | LinkFault)[] {
  const mortals = shuffled(parts, random)
  const kills = Array.from({ length: KILLS }, (_, n): PartFault => {
    return { kind: 'kill', part: mortals[n % mortals.length] as PartName }
  })
  const stops = Array.from({ length: STOPS }, (): PartFault => ({ kind: 'stop', part: random.pick(parts) }))
  if (links.length === 0) return [...kills, ...stops]
  const disturbances = Array.from({ length: DISTURBANCES }, (): LinkFault => {
    return { kind: random.pick(['refuse', 'freeze', 'delay']), link: random.pick(links) }
  })
  return [...kills, ...stops, ...disturbances]
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const rest = [...items]
  return items.map(() => rest.splice(random.integer(0, rest.length - 1), 1)[0] as T)
}
