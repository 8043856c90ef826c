import type { EventRecord, StrayLetter } from '../storage/probe.ts'
import { type Finding, judgeEvent } from './judge-event.ts'
import { eventName, type Witness } from './witness.ts'

export interface Judgement {
  findings: Finding[]
  recovered: number
  covered: number
  poisoned: number
  maxLagMs: number
  slowest: string | undefined
}

/** What the database holds in the end. */
export interface Stored {
  records: AsyncIterable<EventRecord>
  /** What came under the name of another event. */
  anomalies: readonly { source: string; eventId: string }[]
  /** Dead letters of events that are not among the records. */
  strayLetters: readonly StrayLetter[]
}

/** Judges every event that happened, and every one that is stored. */
export async function judge({ records, anomalies, strayLetters }: Stored, witness: Witness): Promise<Judgement> {
  const missing = new Set(witness.events.keys())
  const findings: Finding[] = [
    ...anomalies.map((event): Finding => ({ kind: 'forged', ...event, what: 'is known with other bytes' })),
    ...strayLetters.map(({ source, key, handler, code }): Finding => {
      return { kind: 'lost', source, eventId: key, what: `is no event, and has a dead letter of ${handler}: ${code}` }
    }),
  ]
  for (const name of witness.forgedAccepted) findings.push(about(name, 'forged', 'was acknowledged as a forgery'))
  for (const [name, how] of witness.refused) findings.push(about(name, 'refused', how))
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
