import { setTimeout as delay } from 'node:timers/promises'
import type { DemoResult } from '../../cli/demo/demo-result.ts'
import type { Steps } from '../../cli/terminal/steps.ts'
import { isAcknowledged, summarise } from '../../simulator/ledger.ts'
import { hasList } from '../../simulator/loss.ts'
import { mirrorDifferences } from '../../simulator/mirror-differences.ts'
import { eventKey } from '../../storage/event-key.ts'
import { knownKeys } from '../../storage/known-keys.ts'
import { listedUpTo } from '../../storage/list-coverage.ts'
import { type Overview, readMirror, readOverview } from '../../storage/overview.ts'
import type { DemoStage } from './demo-stage.ts'

export interface PlayOptions {
  events: number
  sabotage: boolean
  steps: Steps
}

/** Calm enough to be watched, and below what one worker on a small machine keeps up with. */
const WEBHOOKS_PER_SECOND = 15
const LOOK_EVERY_MS = 200
/** Nothing has been closed for so long: it will not be. Longer than any retry of a read that failed. */
const STALLED_MS = 60_000

/** Lets the providers' worlds move, waits until all that was acknowledged is closed, and compares. */
export async function playDemo(stage: DemoStage, { events, sabotage, steps }: PlayOptions): Promise<DemoResult> {
  const { simulator, hooks, pool } = stage
  await steps.run({
    name: 'Webhooks',
    work: (say) => send(stage, events, say),
    result: () => `${simulator.ledger.sent.length} sent for ${events} events`,
  })
  // What has a list is healed, sabotage or not.
  if (sabotage) for (const { world } of hooks) if (!hasList(world)) world.change(new Date())
  const unrecovered = await steps.run({
    name: 'Lists',
    work: (say) => untilListed(stage, say),
    result: (missing) =>
      missing === 0 ? `${simulator.lost.length} lost webhooks made good` : `${missing} lost events stay lost`,
  })
  const overview = await steps.run({
    name: 'Workflows',
    work: (say) => untilClosed(() => readOverview(pool), say),
    result: (seen) => (openIn(seen) === 0 ? 'every event is closed' : `${openIn(seen)} events stay open`),
  })
  const mirror = await steps.run({
    name: 'Mirror',
    work: () => compareMirror(stage),
    result: ({ entities, differences }) =>
      differences.length === 0
        ? `${entities} entities as the providers hold them`
        : `${differences.length} differences`,
  })
  const { answered } = simulator.api
  const failed = answered.filter(({ status }) => status === 429 || status >= 500).length
  const losses = { lost: simulator.lost.length, unrecovered }
  return {
    ...{ senders: summarise(simulator.ledger.sent), losses, overview, mirror },
    reads: { total: answered.length, failed },
  }
}

/** Waits until every list has been compared that the providers had when the last webhook was sent. Returns how many events stay lost. */
async function untilListed({ hooks, pool, simulator }: DemoStage, say: (news: string) => void): Promise<number> {
  const sentAt = new Date()
  const listed = hooks.filter(({ world }) => hasList(world))
  const deadline = Date.now() + STALLED_MS
  while (Date.now() < deadline) {
    const reached = await listedUpTo(pool)
    const behind = listed.filter(({ source }) => (reached.get(source) ?? 0) < sentAt).map(({ source }) => source)
    if (behind.length === 0) break
    say(`comparing with the lists of ${behind.join(', ')}`)
    await delay(LOOK_EVERY_MS)
  }
  // Where only entities are listed, the mirror shows whether they were made good.
  const keys = listed
    .filter(({ world }) => world.provider.listing !== undefined)
    .flatMap(({ source, world }) =>
      simulator.lost.filter((loss) => loss.world === world).map(({ change }) => eventKey(source, change.eventId)),
    )
  return keys.length - (await knownKeys(pool, keys)).size
}

async function send({ simulator, hooks, pool }: DemoStage, events: number, say: (news: string) => void): Promise<void> {
  let isSending = true
  const sending = simulator.drive({ hooks, events, perSecond: WEBHOOKS_PER_SECOND }).finally(() => (isSending = false))
  while (isSending) {
    const { sent } = simulator.ledger
    const acknowledged = sent.filter(isAcknowledged).length
    const closed = closedIn(await readOverview(pool))
    say(`${acknowledged} acknowledged · ${sent.length - acknowledged} refused · ${closed} of ${events} events closed`)
    await Promise.race([sending, delay(LOOK_EVERY_MS)])
  }
  await sending
}

async function untilClosed(look: () => Promise<Overview>, say: (news: string) => void): Promise<Overview> {
  let [fewest, since] = [Infinity, Date.now()]
  for (;;) {
    const overview = await look()
    const open = openIn(overview)
    if (open < fewest) [fewest, since] = [open, Date.now()]
    if (open === 0 || Date.now() - since > STALLED_MS) return overview
    say(`${open} ${open === 1 ? 'event' : 'events'} to go`)
    await delay(LOOK_EVERY_MS)
  }
}

/** An event may be closed while a run that mirrors it alone is not. */
const openIn = ({ events, unfinished }: Overview): number => Math.max(events.received + events.dispatched, unfinished)

const closedIn = ({ events }: Overview): number =>
  events.processed + events.ignored + events.dead + events.unrouted + events.parked

async function compareMirror({ hooks, mirrored, pool }: DemoStage): Promise<DemoResult['mirror']> {
  const rows = await readMirror(pool)
  const differences = hooks
    .filter(({ source }) => mirrored.has(source))
    .flatMap(({ source, world }) => {
      const own = rows.filter((row) => row.source === source)
      return mirrorDifferences(world.truth(), own).map((difference) => `${source} ${difference}`)
    })
  return { entities: rows.length, gone: rows.filter(({ state }) => state === undefined).length, differences }
}
