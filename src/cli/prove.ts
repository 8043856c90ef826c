import { FINDING_KINDS } from '../prove/judge-event.ts'
import { notShown } from '../prove/not-shown.ts'
import { type Proof, figuresOf } from '../prove/proof.ts'
import type { Paint } from './terminal/paint.ts'

const SHOWN = 5

export interface ProofReport {
  /** The command that makes the same things happen again. */
  again: string
  paint: Paint
}

/** What was done to the system, what became of the events, and whether every promise was kept: for people. */
export function proofLines(proof: Proof, { again, paint }: ProofReport): string[] {
  const figures = figuresOf(proof)
  const wrongs = wrongsOf(proof)
  return [
    '',
    ...rows(paint, [
      [
        'events',
        figures.sent,
        `${figures.acknowledged} acknowledged, ${figures.recovered} recovered without a webhook`,
      ],
      ['forgeries', figures.forged, `${figures.forged_accepted} got in`],
      ['kills', figures.kills, faultsOf(proof)],
      ['lost', figures.lost],
      ['doubled', figures.doubled],
      ['diverged', figures.diverged, 'entities whose mirror is not what the provider holds'],
      ['dead letters', proof.poisoned, 'events that are made to fail, each of them kept'],
      [
        'longest way',
        `${(figures.max_lag_ms / 1000).toFixed(1)} s`,
        `of ${proof.slowest ?? 'nothing'}, from receipt to the end of its last run`,
      ],
    ]),
    '',
    ...(wrongs.length === 0
      ? [`  ${paint('green', '✓')} Every event was processed once, and nothing else got in.`]
      : [...wrongs.map((wrong) => `  ${paint('red', '✗')} ${wrong}`), '', `  Again: ${paint('cyan', again)}`]),
    '',
  ]
}

/** The first cases of everything that is wrong, as sentences. */
function wrongsOf(proof: Proof): string[] {
  const { findings, differences, unfinished, isCutShort } = proof
  return [
    ...FINDING_KINDS.flatMap((kind) => {
      const ofKind = findings.filter((finding) => finding.kind === kind)
      return firstOf(ofKind.map(({ source, eventId, what }) => `${source} ${eventId} ${what}.`))
    }),
    ...firstOf(differences.map((difference) => `The mirror is wrong: ${difference}.`)),
    ...(isCutShort ? ['For three minutes nothing moved, and the rest of the events was not let happen.'] : []),
    ...(unfinished > 0 ? [`${unfinished} runs are not closed, and nothing moves any more.`] : []),
    ...notShown(proof).map((sentence) => `Not proven: ${sentence}`),
  ]
}

function firstOf(sentences: readonly string[]): string[] {
  const more = sentences.length - SHOWN
  return more > 0 ? [...sentences.slice(0, SHOWN), `… and ${more} more like these.`] : [...sentences]
}

function faultsOf({ faults, crashes, skipped }: Proof): string {
  const others = Object.entries(faults).filter(([kind]) => kind !== 'kill')
  const told = others.map(([kind, count]) => `${kind} ${count}`)
  const rest = Object.entries({ 'not possible': skipped, 'ended of itself': crashes }).filter(([, count]) => count > 0)
  return [...told, ...rest.map(([what, count]) => `${what} ${count}`)].join(' · ')
}

const rows = (paint: Paint, all: readonly (readonly [name: string, value: number | string, detail?: string])[]) =>
  all.map(([name, value, detail]) => {
    const figure = `    ${name.padEnd(12)}${String(value).padStart(10)}`
    return detail === undefined ? figure : `${figure}   ${paint('dim', detail)}`
  })
