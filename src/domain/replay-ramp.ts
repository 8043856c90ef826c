/** How fast a replay of many may become, and when it stops by itself. */
export interface ReplayRamp {
  /** So many runs first, alone: all must have ended, and well enough, before others follow. */
  canary: number
  /** Runs queued in a second at most; beside live events a tenth of it. */
  rate: number
  /** From 0 to 1: with a larger share of failed runs the replay stops. */
  stopAbove: number
}

/** What two cores take that are shared with everything else. */
export const DEFAULT_RAMP: ReplayRamp = { canary: 10, rate: 20, stopAbove: 0.05 }
/** Of the rate, so that live events notice little. */
const BESIDE_LIVE = 0.1

/** Stage 0 is the canary; each stage after it is twice as large as the one before, and up to the fourth twice as fast. */
export interface ReplayStage {
  stage: number
  closed: number
  failed: number
}

/** Replayed runs that are queued or open at once, at full speed: what live work has to share the machine with. */
export const MAX_REPLAYS_IN_FLIGHT = 20
/** The first stage at full speed. */
const FULL_SPEED_STAGE = 3
/** More runs than these are not needed to judge by, and a failure that begins late should not take long to be seen. */
const MAX_JUDGED = 200

/** How many runs are judged together. */
export const stageSize = ({ canary }: ReplayRamp, stage: number): number =>
  stage === 0 ? canary : Math.max(canary, Math.min(canary * 2 ** stage, MAX_JUDGED))

/** The stage to go on with: this one, or the next when enough of it has closed. Stops as soon as it can no longer end well. */
export function nextStage(ramp: ReplayRamp, current: ReplayStage): ReplayStage | 'stop' {
  const size = stageSize(ramp, current.stage)
  if (current.failed > ramp.stopAbove * size) return 'stop'
  return current.closed < size ? current : { stage: current.stage + 1, closed: 0, failed: 0 }
}

export interface ReplayLoad extends ReplayStage {
  inFlight: number
  /** What was left of the allowance when the replay was last advanced. */
  allowance: number
  /** Since then. */
  elapsedSeconds: number
  /** Events have come in of late. */
  besideLive: boolean
}

/** How many runs may be queued now, and how much of the rate that would leave. */
export function replayQuota(ramp: ReplayRamp, load: ReplayLoad): { quota: number; allowance: number } {
  const speed = 2 ** Math.min(0, load.stage - FULL_SPEED_STAGE)
  // Both rise: where runs are short, their number in flight holds nothing back, and where they are long, the rate does not.
  const rate = Math.max(1, ramp.rate * speed * (load.besideLive ? BESIDE_LIVE : 1))
  const room = Math.ceil(MAX_REPLAYS_IN_FLIGHT * speed)
  // What was not used is kept for a second at most, so that a pause does not end in a burst.
  const allowance = Math.min(rate, load.allowance + load.elapsedSeconds * rate)
  const left = load.stage === 0 ? Math.min(room, ramp.canary - load.closed) : room
  return { quota: Math.max(0, Math.min(left - load.inFlight, Math.floor(allowance))), allowance }
}
