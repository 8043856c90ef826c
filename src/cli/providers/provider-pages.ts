import { answerWords, fetchWords, idWords, listWords, retryWords } from './fact-words.ts'
import { providerFacts } from './provider-facts.ts'
import { MADE_BY, type PageSubject, providerPage } from './provider-page.ts'

/** By the name of its file, a page about each provider, and one that leads to them. */
export const providerPages = (subjects: readonly PageSubject[]): ReadonlyMap<string, string> =>
  new Map([
    ['README.md', index(subjects)],
    ...subjects.map((subject) => [`${subject.provider.name}.md`, providerPage(subject)] as const),
  ])

const HEADINGS = ['provider', 'answer in', 'sends again', 'can be fetched', 'can be listed', 'event ID']

const index = (subjects: readonly PageSubject[]): string => `${MADE_BY}

# Providers

What is known of each provider, and how it is connected. \`npx posthorn sources\` prints the same beside your own sources.

${markdownTable(
  HEADINGS,
  subjects.map(({ provider }) => {
    const facts = providerFacts(provider)
    return [
      `[${provider.name}](${provider.name}.md)`,
      answerWords(facts),
      retryWords(facts),
      fetchWords(facts),
      listWords(facts.lists),
      idWords(facts),
    ]
  }),
)}

\`unsaid\` is what the provider does not document. A sender that is none of these is described by \`genericProvider\`, or gets a folder of its
own: see [CONTRIBUTING.md](../../CONTRIBUTING.md).
`

/** Columns as wide as their widest cell, as the formatter has them. */
function markdownTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((_, column) => Math.max(...[headings, ...rows].map((row) => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  return [line(headings), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n')
}
