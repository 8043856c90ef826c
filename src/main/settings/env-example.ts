import { type Setting, settingRows } from './settings-table.ts'

const HEAD = `# Made by \`npm run env:write\` from src/main/settings/settings-table.ts; \`npm run env:check\` holds it to the table.
# Copy to .env and change what you need. A line that is commented out shows its default, or an empty value where there is none.
#
# Secrets of sources stand beside these, by the names that posthorn.config.ts gives them; while one is rotated,
# <NAME>_NEXT and <NAME>_PREVIOUS are accepted, too, the latter until <NAME>_PREVIOUS_UNTIL, for example 2026-01-31T12:00:00Z.
# The connection to Temporal is made from the usual TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY and TEMPORAL_TLS_…
# variables.
`

/** The text of `.env.example`: every setting with its sentence, what it may be, and its default. */
export function envExample(): string {
  let section = ''
  const entries = settingRows().map((row) => {
    const heading = row.section === section ? '' : `# ---- ${row.section}\n\n`
    section = row.section
    return heading + entry(row.setting)
  })
  return [HEAD, ...entries].join('\n')
}

const entry = ({ name, kind, fallback, about }: Setting): string =>
  `# ${about}\n# ${capital(kind.expects)}.\n#${name}=${fallback ?? ''}\n`

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)
