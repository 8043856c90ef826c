import type { EventFilter, ListedEvent } from '../storage/list-events.ts'
import { type Output, table } from './output.ts'

export interface EventsOptions {
  filter: EventFilter
  list: (filter: EventFilter) => Promise<ListedEvent[]>
  output: Output
}

/** Prints the latest events, newest first. */
export async function events({ filter, list, output }: EventsOptions): Promise<void> {
  output.show(await list(filter), (listed) =>
    table(['RECEIVED', 'SOURCE', 'EVENT', 'TYPE', 'ENTITY', 'STATE'], listed.map(toRow), 'There are no such events.'),
  )
}

const toRow = (event: ListedEvent): string[] => [
  event.receivedAt.toISOString(),
  event.source,
  event.eventId,
  event.type,
  event.entity ?? '-',
  event.reason === null ? event.state : `${event.state} (${event.reason})`,
]
