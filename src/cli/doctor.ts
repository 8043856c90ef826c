import type { Finding } from './doctor/finding.ts'
import { EXIT_CODES, type ExitCode } from './exit-codes.ts'
import { type Output, table } from './output.ts'

/** Examines one dependency. It finds things; it does not throw. */
export type Examination = () => Promise<Finding[]>

/** Runs every examination, prints what they found, and answers with `failed` when one thing needs mending. */
export async function doctor(examinations: readonly Examination[], output: Output): Promise<ExitCode> {
  const findings = (await Promise.all(examinations.map((examine) => examine()))).flat()
  const healthy = findings.every(({ status }) => status !== 'failed')
  output.show({ healthy, findings }, toLines)
  return healthy ? EXIT_CODES.ok : EXIT_CODES.failed
}

const MARKS = { ok: 'ok', warning: 'WARN', failed: 'FAIL', skipped: 'skip' } as const

function toLines({ healthy, findings }: { healthy: boolean; findings: readonly Finding[] }): string[] {
  const rows = findings.map(({ check, status, detail }) => [MARKS[status], check, detail])
  const mends = findings.flatMap(({ check, mend }) => (mend === undefined ? [] : [`${check}: ${mend}`]))
  return [
    ...table(['', 'CHECK', 'FOUND'], rows, ''),
    ...(mends.length > 0 ? ['', 'To mend:', ...mends.map((mend) => `  - ${mend}`)] : []),
    '',
    healthy ? 'Everything that Posthorn needs is there.' : 'Posthorn cannot run like this.',
  ]
}
