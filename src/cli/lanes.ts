import type { ListedLane } from '../storage/list-lanes.ts'
import { type Output, table } from './output.ts'

/** Prints lanes that hold events. */
export function lanes(listed: readonly ListedLane[], output: Output): void {
  output.show(listed, (rows) =>
    table(['SOURCE', 'HANDLER', 'ENTITY', 'WAITING', 'SINCE', 'HEAD'], rows.map(toRow), 'No lane holds an event.'),
  )
}

const toRow = (lane: ListedLane): string[] => [
  lane.source,
  lane.handler,
  lane.entity,
  String(lane.waiting),
  lane.waitingSince?.toISOString() ?? '-',
  // Nothing at the head: the first one waits for a gap in the provider's sequence.
  lane.head === null ? 'waits for a gap' : `${lane.head} (${lane.headState === 'blocked' ? 'dead, blocks' : 'runs'})`,
]
