import type { EntityRef } from './event.ts'

/** The signal that wakes a run which waits. It carries nothing: what the run waits for is looked up in Postgres. */
export const WAKE_SIGNAL = 'posthornWake'

/** The event that a run waits for, and which of the run's waits this is. */
export interface EventWait {
  /** Counts the waits of a run, from 1. */
  number: number
  type: string
  entity: EntityRef
}

/** What a run asks a person. */
export interface Question {
  /** Which of the run's questions; asked for again under one name, it is the same question. */
  name: string
  /** What people see. */
  summary: string
  withinMs: number
}

/** A person's answer, or that there was none in time. */
export type ApprovalAnswer =
  | {
      answer: 'approved' | 'rejected'
      by: string
      reason: string
      /** ISO 8601, the database's clock. */
      at: string
    }
  | { answer: 'timed_out' }
