/** What waits longer inside the worker waits outside of it instead, where it holds nothing. Milliseconds. */
export const LONGEST_LOCAL_WAIT_MS = 5_000

/**
 * How an activity runs and is retried, by name. The policy belongs to the activity's definition, so every caller gets the same.
 * Times in ms. A change of `place` changes the commands of recorded histories: give the new behaviour a new name instead.
 */
export const ACTIVITY_POLICIES = {
  /** A read from a provider's API. An outage there is waited out; what is permanent fails at once. */
  providerRead: {
    place: 'local-first',
    startToCloseMs: 15_000,
    initialMs: 1_000,
    maximumMs: 60_000,
    attempts: 5,
  },
  /** An effect in a database or in another system. */
  write: {
    place: 'remote',
    startToCloseMs: 30_000,
    initialMs: 1_000,
    maximumMs: 60_000,
    attempts: 5,
  },
  /** A URL that a payload names: it may not be ready yet, and it may be large. */
  download: {
    place: 'remote',
    startToCloseMs: 300_000,
    initialMs: 5_000,
    maximumMs: 300_000,
    attempts: 10,
  },
  /** A short effect in a near database. A database that hangs says so within half a minute: that is an outage, a time-out is a try. */
  local: {
    place: 'local',
    startToCloseMs: 30_000,
    initialMs: 200,
    maximumMs: 2_000,
    attempts: 5,
  },
} as const satisfies Record<string, ActivityPolicy>

export interface ActivityPolicy {
  /**
   * `local`: inside the worker, without a round trip through Temporal; for what takes milliseconds. It is tried again there, unless
   * it has to wait for long.
   * `remote`: a task of its own, which may wait for hours and holds nothing meanwhile.
   * `local-first`: one try inside the worker, which is all that a healthy provider needs; when it fails, remote.
   */
  place: 'local' | 'remote' | 'local-first'
  startToCloseMs: number
  initialMs: number
  maximumMs: number
  /** Tries at most, from 3 to 10; the first one of `local-first` comes before these. What waits for somebody else does not count. */
  attempts: number
}

export type PolicyName = keyof typeof ACTIVITY_POLICIES

/** Policies by activity name: what the workflow side knows of the activities. */
export type PolicyTable = Readonly<Record<string, PolicyName>>
