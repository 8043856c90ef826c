import { type Fault, faultPlan } from '../../prove/fault-plan.ts'
import { createBursts } from '../../prove/bursts.ts'
import type { Delivery, Hook, Manner } from '../../simulator/delivery.ts'
import { createLoss } from '../../simulator/loss.ts'
import { traffic } from '../../simulator/traffic.ts'
import type { Change } from '../../simulator/world.ts'
import type { Backlog } from './backlog.ts'
import type { ProveStage } from './prove-stage.ts'
import { createWrecker } from './wrecker.ts'

export interface StormOptions {
  /** Things that happen at the providers; `Infinity` where only time ends it. */
  events: number
  /** Nothing happens any more after so long. */
  minutes: number
  say: (news: string) => void
}

export interface StormReport {
  faults: Partial<Record<Fault['kind'], number>>
  /** Faults that could not be done. */
  skipped: number
  /** Events of which no webhook was sent. */
  withheld: number
  /** Nothing moved any more, and the rest was not let happen. */
  isCutShort: boolean
}

/** Unfinished runs while the traffic is even: then faults fall among work, and not behind it. */
const evenBacklog = (events: number): number => Math.min(200, Math.max(60, events / 10))

/** Once in so many changes no webhook ever arrives. */
const LOSE_EVERY = 40

/** Lets the worlds move and their webhooks come in, while everything on their way breaks by plan. Resolves when it is calm again. */
export async function raiseStorm(stage: ProveStage, backlog: Backlog, options: StormOptions): Promise<StormReport> {
  const { hooks, random, sender, witness, parts, links } = stage
  const { events, minutes, say } = options
  const endsAt = Date.now() + minutes * 60_000
  const isOver = (): boolean => Date.now() > endsAt || backlog.isStuck
  const plan = faultPlan({
    events,
    isTimed: Number.isFinite(minutes),
    parts: [...parts.keys()],
    links: [...links.keys()],
    random: random.fork('plan'),
  })
  const wrecker = createWrecker(stage, plan)
  const loss = createLoss(LOSE_EVERY)
  const bursts = createBursts()
  const latest = new Map<Hook, Change>()
  for (const delivery of traffic({ hooks, events, random: random.fork('traffic'), isOver })) {
    if (delivery.manner === 'genuine') {
      witness.happened(delivery.hook, delivery.change)
      latest.set(delivery.hook, delivery.change)
      // Otherwise a storm that waits for runs to end would wait for Postgres, and nothing would come while that is away.
      if (wrecker.strike(witness.events.size)) bursts.begin()
      say(`${witness.events.size} events · ${wrecker.done.kill ?? 0} kills · ${backlog.unfinished} runs open`)
    }
    if (loss.takes(delivery)) continue
    if (!bursts.isOn()) await backlog.untilBelow(evenBacklog(events))
    backlog.expect(1)
    await sender.send(delivery)
  }
  const isCutShort = backlog.isStuck
  say('the last webhooks, and the last faults')
  await Promise.all([sender.drain(), wrecker.calm()])
  for (const forgery of lastForgeries(latest)) await sender.send(forgery)
  await sender.drain()
  return { faults: wrecker.done, skipped: wrecker.skipped, withheld: loss.lost.length, isCutShort }
}

/** Forgers do not come back, and in a short storm all of them may have met a dead receiver: so each hook has some in the calm, too. */
function lastForgeries(latest: ReadonlyMap<Hook, Change>): Delivery[] {
  return [...latest].flatMap(([hook, change]) => {
    const manners: Manner[] = hook.world.signsTime ? ['forged', 'tampered', 'stale'] : ['forged', 'tampered']
    return manners.map((manner) => ({ hook, change, manner }))
  })
}
