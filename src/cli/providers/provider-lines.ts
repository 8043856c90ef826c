import { table } from '../output.ts'
import { answerWords, fetchWords, idWords, listWords, retryWords } from './fact-words.ts'
import type { ProviderFacts } from './provider-facts.ts'

const WIDTH = 100
const INDENT = '    '

/** One row for each provider, and how it signs below it. */
export function providerLines(facts: readonly ProviderFacts[]): string[] {
  const [headings = '', ...rows] = table(
    ['PROVIDER', 'ANSWER IN', 'SENDS AGAIN', 'CAN FETCH', 'CAN LIST', 'EVENT ID'],
    facts.map((one) => [
      one.provider,
      answerWords(one),
      retryWords(one),
      fetchWords(one),
      listWords(one.lists),
      idWords(one),
    ]),
    '',
  )
  return [headings, ...rows.flatMap((row, at) => [row, ...wrap(facts[at]?.scheme ?? '').map((line) => INDENT + line)])]
}

/** In lines that fit behind the indent. */
function wrap(text: string): string[] {
  const lines: string[] = []
  for (const word of text.split(' ').filter((one) => one !== '')) {
    const last = lines.at(-1)
    if (last !== undefined && INDENT.length + last.length + 1 + word.length <= WIDTH)
      lines.splice(-1, 1, `${last} ${word}`)
    else lines.push(word)
  }
  return lines
}
