import type { Fault } from './fault-plan.ts'
import type { Finding, FindingKind } from './judge-event.ts'
import { notShown } from './not-shown.ts'

/** What a run came to. */
export interface Proof {
  /** Events that happened at the providers. */
  sent: number
  acknowledged: number
  /** Forgeries that were refused for what they are, or let in. */
  forged: number
  /** Processed, although no webhook of theirs was ever acknowledged. */
  recovered: number
  /** Neither acknowledged nor stored: the provider lists no events, and its entities were compared instead. */
  covered: number
  /** Of which no webhook was ever sent. */
  withheld: number
  /** Dead letters that had to be. */
  poisoned: number
  /** Longest time from receipt to the end of the last run. */
  maxLagMs: number
  /** Whose way that was. */
  slowest: string | undefined
  findings: Finding[]
  /** Sentences: where a mirror is not what the provider holds. */
  differences: string[]
  faults: Partial<Record<Fault['kind'], number>>
  /** Faults that were planned and could not be done. */
  skipped: number
  /** Sources of which no webhook was acknowledged, however many were sent. */
  silent: string[]
  /** Sources at which no forgery was refused for being one. */
  unwary: string[]
  /** Sources whose list nobody read after the last event. */
  unread: string[]
  /** Times that a process ended that nobody had killed. */
  crashes: number
  /** Runs that were still not closed when waiting had no more sense. */
  unfinished: number
  /** Nothing moved for minutes while events came in, and the rest was not let happen. */
  isCutShort: boolean
}

/**
 * The figures that a script reads. All is well when `lost`, `doubled`, `forged_accepted`, `refused` and `diverged` are 0, and nothing
 * is left that was not shown.
 */
export interface ProofFigures {
  sent: number
  acknowledged: number
  forged: number
  forged_accepted: number
  lost: number
  doubled: number
  refused: number
  recovered: number
  diverged: number
  kills: number
  max_lag_ms: number
}

export function figuresOf({ findings, differences, faults, ...proof }: Proof): ProofFigures {
  const found = (kind: FindingKind): number => findings.filter((finding) => finding.kind === kind).length
  return {
    sent: proof.sent,
    acknowledged: proof.acknowledged,
    forged: proof.forged,
    forged_accepted: found('forged'),
    lost: found('lost'),
    doubled: found('doubled'),
    refused: found('refused'),
    recovered: proof.recovered,
    diverged: differences.length,
    kills: faults.kill ?? 0,
    max_lag_ms: Math.round(proof.maxLagMs),
  }
}

/** Nothing went wrong, and everything that might have gone wrong was tried. */
export function isProven(proof: Proof): boolean {
  const { findings, differences, unfinished, isCutShort } = proof
  const isWell = findings.length === 0 && differences.length === 0 && unfinished === 0 && !isCutShort
  return isWell && notShown(proof).length === 0
}

/** The figures, and behind them what a script may want to look into. */
export function toJson(proof: Proof): object {
  const { withheld, covered, poisoned, unfinished, isCutShort, findings, differences } = proof
  const { crashes, slowest, faults, skipped } = proof
  const whole = { withheld, covered, dead_letters: poisoned, unfinished, cut_short: isCutShort }
  const detail = { ...whole, crashes, slowest, faults, skipped, not_shown: notShown(proof) }
  return {
    ...figuresOf(proof),
    detail: {
      ...detail,
      findings: findings
        .slice(0, SHOWN)
        .map(({ kind, source, eventId, what }) => ({ kind, source, event_id: eventId, what })),
      differences: differences.slice(0, SHOWN),
    },
  }
}

/** Findings of each sort that are told: the first ones say what there is to know. */
const SHOWN = 20
