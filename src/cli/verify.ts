import type { Diagnosis, Finding } from '../diagnosis/diagnosis.ts'
import type { Output } from './output.ts'

const SIGNS: Readonly<Record<Finding['result'], string>> = { right: '✓', wrong: '✗', noted: '·' }

/** Prints why a request verifies or does not, step by step. */
export function showDiagnosis(diagnosis: Diagnosis, output: Output): void {
  output.show(diagnosis, ({ findings, wouldMatch, tried, verified, conclusion }) => [
    ...findings.map(({ check, result, detail }) => `${SIGNS[result]} ${check.padEnd(9)}  ${detail}`),
    '',
    ...(verified ? [] : [`${tried} readings were tried.`, ...wouldMatch.map((sentence) => `  ${sentence}`)]),
    conclusion,
  ])
}
