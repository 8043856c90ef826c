import type { Delivery, Hook, Manner } from './delivery.ts'
import type { Random } from './random.ts'

export interface TrafficOptions {
  hooks: readonly Hook[]
  /** Changes in all worlds together. */
  events: number
  random: Random
  /** What befalls the webhooks. Default: everything. */
  mishaps?: Mishaps
  clock?: () => Date
  /** Once it is true nothing happens any more; what travels still arrives. */
  isOver?: () => boolean
}

export interface Mishaps {
  /** They overtake each other. */
  late: boolean
  /** Some come twice, or five times at once. */
  repeated: boolean
  /** Others send, too. */
  hostile: boolean
}

const ALL_MISHAPS: Mishaps = { late: true, repeated: true, hostile: true }

/** How many turns late a webhook may come. */
const LATENESS = 8
const LATE_SHARE = 0.25
const REPEATED_SHARE = 0.12
/** Once in so many changes somebody tries something; the first comes early, so that short runs have each kind, too. */
const HOSTILE_EVERY: readonly { manner: Manner; turns: number; first: number }[] = [
  { manner: 'forged', turns: 25, first: 3 },
  { manner: 'tampered', turns: 40, first: 9 },
  { manner: 'stale', turns: 40, first: 15 },
]

/**
 * What reaches the hooks, in the order of arrival: changes whose webhooks overtake each other, come twice or five times at once,
 * and among them what attackers send. A change takes place when its turn is drawn, so the worlds move while their webhooks travel.
 */
export function* traffic(options: TrafficOptions): Generator<Delivery> {
  const { hooks, events, random, mishaps = ALL_MISHAPS, clock = () => new Date(), isOver = () => false } = options
  const travelling = new Map<number, Delivery[]>()
  const attack = createAttacker()
  const arrives = (turn: number, ...deliveries: Delivery[]): void => {
    travelling.set(turn, [...(travelling.get(turn) ?? []), ...deliveries])
  }
  const isMoving = (turn: number): boolean => turn < events && !isOver()
  for (let turn = 0; isMoving(turn) || travelling.size > 0; turn += 1) {
    if (isMoving(turn)) {
      const hook = random.pick(hooks)
      const change = hook.world.change(clock())
      const delivery = (manner: Manner): Delivery => ({ hook, change, manner })
      const late = random.chance(mishaps.late ? LATE_SHARE : 0) ? random.integer(1, LATENESS) : 0
      // Before the genuine one: a forgery must not take its place.
      if (mishaps.hostile) arrives(turn, ...attack(turn, hook).map(delivery))
      arrives(turn + late, delivery('genuine'))
      for (const gap of mishaps.repeated ? repetitions(random) : []) arrives(turn + late + gap, delivery('repeated'))
      if (mishaps.hostile && turn === Math.floor(events / 2)) arrives(turn, delivery('oversize'))
    }
    yield* travelling.get(turn) ?? []
    travelling.delete(turn)
  }
}

/** Turns after the first delivery: none as a rule, one more now and then, rarely a volley at the same instant. */
function repetitions(random: Random): number[] {
  if (!random.chance(REPEATED_SHARE)) return []
  return random.chance(0.15) ? [0, 0, 0, 0] : [random.integer(0, LATENESS)]
}

/** What is tried beside the change of this turn; an attack that cannot work on this provider waits for another one. */
function createAttacker(): (turn: number, hook: Hook) => Manner[] {
  const planned = new Set<Manner>()
  return (turn, hook) => {
    for (const { manner, turns, first } of HOSTILE_EVERY) if (turn % turns === first) planned.add(manner)
    const tried = [...planned].filter((manner) => manner !== 'stale' || hook.world.signsTime)
    for (const manner of tried) planned.delete(manner)
    return tried
  }
}
