import type { Listed, ProviderFacts } from './provider-facts.ts'

const [MINUTE, HOUR, DAY] = [60, 3_600, 86_400]

/** The largest unit that leaves nothing over. */
export function exactly(seconds: number): string {
  if (seconds >= HOUR && seconds % HOUR === 0) return `${seconds / HOUR} h`
  return seconds >= MINUTE && seconds % MINUTE === 0 ? `${seconds / MINUTE} min` : `${seconds} s`
}

function roughly(seconds: number): string {
  if (seconds >= 2 * DAY) return `${Math.round(seconds / DAY)} days`
  if (seconds >= 2 * HOUR) return `${Math.round(seconds / HOUR)} h`
  return seconds >= 2 * MINUTE ? `${Math.round(seconds / MINUTE)} min` : `${seconds} s`
}

export const answerWords = ({ ackWithinSeconds }: ProviderFacts): string =>
  ackWithinSeconds === undefined ? 'unsaid' : exactly(ackWithinSeconds)

export function retryWords({ retryAfterSeconds: gaps }: ProviderFacts): string {
  if (gaps === undefined) return 'unsaid'
  if (gaps.length === 0) return 'never'
  return `${gaps.length} times in ${roughly(gaps.reduce((sum, gap) => sum + gap, 0))}`
}

/** The gaps one by one, those that are alike counted. */
export function gapWords(gaps: readonly number[]): string {
  const runs: { gap: number; times: number }[] = []
  for (const gap of gaps) {
    const last = runs.at(-1)
    if (last?.gap === gap) last.times++
    else runs.push({ gap, times: 1 })
  }
  return runs.map(({ gap, times }) => gapOf(gap) + (times === 1 ? '' : ` (${times} times)`)).join(', ')
}

const gapOf = (gap: number): string => (gap === 0 ? 'no time' : exactly(gap))

export const fetchWords = ({ fetches }: ProviderFacts): string =>
  fetches.length === 0 ? 'nothing' : fetches.length === 1 ? '1 kind' : `${fetches.length} kinds`

export function listWords(lists: Listed): string {
  if (lists.what === 'events') return `events, ${lists.daysBack} days`
  return lists.what
}

export const idWords = ({ idSigned }: ProviderFacts): string => (idSigned ? 'signed' : 'not signed')
