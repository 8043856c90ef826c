/** The header by which an activity knows the run that it is a part of. */
export const RUN_HEADER = 'posthorn-run'

/** The content of the header: the key of a run. */
export interface RunHeader {
  key: string
  handler: string
  attempt: number
}

/** The header by which a local activity that goes on after a timer knows what came before. */
export const RESUMED_HEADER = 'posthorn-resumed'

export interface ResumedHeader {
  /** When the activity was scheduled first. Unix ms. */
  scheduledMs: number
  /** The first one after the timer. */
  attempt: number
}
