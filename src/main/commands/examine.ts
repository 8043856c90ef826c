import { type Finding, failed } from '../../cli/doctor/finding.ts'
import { ConfigurationError } from '../settings/configuration-error.ts'

/** What `work` finds, or what it means for `check` that it threw. */
export async function examine(check: string, work: () => Promise<Finding[]> | Finding[]): Promise<Finding[]> {
  try {
    return await work()
  } catch (error) {
    return toFindings(check, error)
  }
}

/** Our errors say first what is wrong, and then what to do about it. */
export function toFindings(check: string, error: unknown): Finding[] {
  const sentences = error instanceof ConfigurationError ? error.problems : [(error as Error).message]
  return sentences.map((sentence) => {
    const [detail = sentence, ...mend] = sentence.split(/(?<=[.!?]) (?=[A-Z`])/)
    return mend.length === 0 ? failed(check, 'not right', sentence) : failed(check, detail, mend.join(' '))
  })
}
