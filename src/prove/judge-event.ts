import type { EventRecord } from '../storage/probe.ts'
import { isPoisoned, POISONED } from './poison.ts'
import type { WitnessedEvent } from './witness.ts'

/** The order in which they are told. */
export const FINDING_KINDS = ['lost', 'doubled', 'forged', 'refused'] as const
export type FindingKind = (typeof FINDING_KINDS)[number]

export interface Finding {
  kind: FindingKind
  source: string
  eventId: string
  /** What is wrong, to follow the event's name. */
  what: string
}

/** The handler that every source has beside its own. */
const MIRROR = 'mirror'

/** Holds what the database says of an event against what the outside world knows of it. Undefined: nothing is wrong. */
export function judgeEvent(record: EventRecord, witnessed: WitnessedEvent | undefined): Finding | undefined {
  const { source, eventId } = record
  const find = (kind: Finding['kind'], what: string): Finding => ({ kind, source, eventId, what })
  const doubling = findDoubling(record, witnessed)
  if (!record.isListed) {
    if (witnessed === undefined) return find('forged', 'is in the inbox and never happened')
    if (witnessed.bodyHash !== record.bodyHash)
      return find('forged', 'is in the inbox with other bytes than were signed')
  }
  // Who finds a row answers that the event is known, and who makes one leaves no list's mark. No source of the proof absorbs.
  else if (witnessed !== undefined && witnessed.takenAsNew > 0)
    return find('lost', 'was answered as new before it was durable: only the list brought it')
  if (doubling !== undefined) return find('doubled', doubling)
  if (isRefetch(record)) {
    const letter = strayLetter(record)
    return letter === undefined ? undefined : find('lost', letter)
  }
  const loss = isPoisoned(eventId) ? missedDeath(record) : missedEffect(record)
  return loss === undefined ? undefined : find('lost', loss)
}

function findDoubling(record: EventRecord, witnessed: WitnessedEvent | undefined): string | undefined {
  if (witnessed !== undefined && witnessed.takenAsNew > 1) return `was answered as new ${witnessed.takenAsNew} times`
  for (const handler of new Set(record.runs.map((run) => run.handler))) {
    const closed = record.runs.filter((run) => run.handler === handler && run.state !== 'dead').length
    if (closed > 1) return `was processed ${closed} times by ${handler}`
    const effects = record.effects.filter((name) => name === handler).length
    if (effects > 1) return `has ${effects} effects of ${handler}`
  }
  const twice = record.tries.find(({ runs }) => runs > 1)
  return twice && `was run ${twice.runs} times by ${twice.handler} as attempt ${twice.attempt}`
}

/** Read again for the mirror alone, as what a first comparison shows and an event has told of. */
const isRefetch = ({ isListed, state, reason, isToldElsewhere, runs }: EventRecord): boolean =>
  isListed &&
  state === 'ignored' &&
  reason === 'refetch' &&
  isToldElsewhere &&
  runs.some(({ handler }) => handler === MIRROR)

/** An event of the proof has one handler beside the mirror; each closes once, and the handler leaves its effect. */
function missedEffect({ state, reason, hasEntity, runs, letters, effects }: EventRecord): string | undefined {
  if (state === 'dead') return `is dead: ${runs.find((run) => run.state === 'dead')?.code ?? reason}`
  if (state !== 'processed') return `is ${state}${reason === undefined ? '' : ` (${reason})`} and was not processed`
  const closed = runs.filter((run) => run.state !== 'dead').map(({ handler }) => handler)
  const letter = strayLetter({ state, letters })
  if (letter !== undefined) return letter
  if (hasEntity && !closed.includes(MIRROR)) return 'was not mirrored'
  const [handler] = closed.filter((name) => name !== MIRROR)
  if (handler === undefined) return 'was run by no handler'
  return effects.includes(handler) ? undefined : `was processed by ${handler} without an effect`
}

/** A dead letter of an event that is not dead. */
function strayLetter({ state, letters: [letter] }: Pick<EventRecord, 'state' | 'letters'>): string | undefined {
  return letter && `is ${state}, and ${letter.handler} stands among the dead letters: ${letter.code}`
}

/** What had to fail must stand among the dead letters, and have left nothing. */
function missedDeath({ state, letters, effects }: EventRecord): string | undefined {
  if (state !== 'dead') return `is ${state}, and had to be a dead letter`
  if (letters.length === 0) return 'is dead, and no dead letter stands for it'
  const codes = letters.map(({ code }) => code)
  if (!codes.every((code) => code === POISONED)) return `is dead of ${codes.join(', ')}`
  return effects.length === 0 ? undefined : 'failed, and yet has an effect'
}
