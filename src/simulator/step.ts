import type { Random } from './random.ts'

export type Fields = Readonly<Record<string, unknown>>

/** Something that can happen to a thing: what its webhook calls it, and the fields that it changes. */
export interface Step<Thing extends Fields = Fields> {
  type: string
  changes(thing: Thing, context: { now: Date; random: Random }): Fields
}

/** What can happen by status; what happens often stands several times. In any other status a thing stays as it is. */
export type Steps<Thing extends Fields = Fields> = Readonly<Record<string, readonly Step<Thing>[]>>
