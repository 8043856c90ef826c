import type { EventRecord } from '../storage/probe.ts'
import type { Fault } from './fault-plan.ts'
import { type Finding, judgeEvent } from './judge-event.ts'
import { eventName, type Witness } from './witness.ts'

/** What a run came to. */
export interface Proof {
  /** Events that happened at the providers. */
  sent: number
  acknowledged: number
  /** Of forgeries, those that were answered at all. */
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
  /** Times that a process ended that nobody had killed. */
  crashes: number
  /** Runs that were still not closed when waiting had no more sense. */
  unfinished: number
  /** Nothing moved for minutes while events came in, and the rest was not let happen. */
  isCutShort: boolean
}

/** The figures that a script reads. All is well when `lost`, `doubled`, `forged_accepted` and `diverged` are 0. */
export interface ProofFigures {
  sent: number
  acknowledged: number
  forged: number
  forged_accepted: number
  lost: number
  doubled: number
  recovered: number
  diverged: number
  kills: number
  max_lag_ms: number
}

export function figuresOf({ findings, differences, faults, ...proof }: Proof): ProofFigures {
  const found = (kind: Finding['kind']): number => findings.filter((finding) => finding.kind === kind).length
  return {
    sent: proof.sent,
    acknowledged: proof.acknowledged,
    forged: proof.forged,
    forged_accepted: found('forged'),
    lost: found('lost'),
    doubled: found('doubled'),
    recovered: proof.recovered,
    diverged: differences.length,
    kills: faults.kill ?? 0,
    max_lag_ms: Math.round(proof.maxLagMs),
  }
}

export function isProven(proof: Proof): boolean {
  const { findings, differences, unfinished, isCutShort } = proof
  return findings.length === 0 && differences.length === 0 && unfinished === 0 && !isCutShort
}

/** The figures, and behind them what a script may want to look into. */
export function toJson(proof: Proof): object {
  const { withheld, covered, poisoned, unfinished, isCutShort, crashes, slowest, faults, findings, differences } = proof
  const whole = { withheld, covered, dead_letters: poisoned, unfinished, cut_short: isCutShort }
  const detail = { ...whole, crashes, slowest, faults }
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

export interface Judgement {
  findings: Finding[]
  recovered: number
  covered: number
  poisoned: number
  maxLagMs: number
  slowest: string | undefined
}

/** Judges every event that happened, and every one that is stored. `anomalies` came under the name of another event. */
export async function judge(
  records: AsyncIterable<EventRecord>,
  anomalies: readonly { source: string; eventId: string }[],
  witness: Witness,
): Promise<Judgement> {
  const missing = new Set(witness.events.keys())
  const findings: Finding[] = anomalies.map((event) => ({
    kind: 'forged',
    ...event,
    what: 'is known with other bytes',
  }))
  for (const name of witness.forgedAccepted) findings.push(about(name, 'forged', 'was acknowledged as a forgery'))
  const judgement: Judgement = { findings, recovered: 0, covered: 0, poisoned: 0, maxLagMs: 0, slowest: undefined }
  for await (const record of records) {
    const name = eventName(record.source, record.eventId)
    const witnessed = witness.events.get(name)
    missing.delete(name)
    const finding = judgeEvent(record, witnessed)
    if (finding !== undefined) findings.push(finding)
    else if (witnessed?.acknowledged === false) judgement.recovered += 1
    if (finding === undefined && record.state === 'dead') judgement.poisoned += 1
    if (record.lagMs > judgement.maxLagMs) Object.assign(judgement, { maxLagMs: record.lagMs, slowest: name })
  }
  for (const name of missing) {
    const { acknowledged, isListed } = witness.events.get(name) ?? {}
    if (acknowledged) findings.push(about(name, 'lost', 'was acknowledged and is not stored'))
    else if (isListed) findings.push(about(name, 'lost', 'was never recovered'))
    else judgement.covered += 1
  }
  return judgement
}

function about(name: string, kind: Finding['kind'], what: string): Finding {
  const [source = '', eventId = ''] = name.split(' ')
  return { kind, source, eventId, what }
}
