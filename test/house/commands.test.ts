/** Commands that the pages quote are commands that there are. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commandHelp } from './command-help.ts'
import { found, pages } from './pages.ts'

/** Whatever follows `posthorn` up to the end of the quotation, the line, or the command. */
const QUOTED = /(?:`|npx |^ {4}|^)posthorn (-?[a-z-][^`\n#|>&;]*)/gm
const SUBCOMMAND = /^ {2}([a-z][a-z-]*)/gm
const OPTION = /^ {2}(?:-\w, )?(--[a-z-]+)/gm

/** What a part of a help page lists. */
function listed(help: string, title: 'Commands' | 'Options', pattern: RegExp): string[] {
  const [, part = ''] = help.split(`\n${title}:\n`)
  return [...(part.split('\n\n')[0] ?? '').matchAll(pattern)].map(([, name = '']) => name)
}

/** What is wrong with a quoted command; undefined when there is nothing. */
async function whyWrong(quoted: string): Promise<string | undefined> {
  // What comes after a gap says what it is for.
  const [line = ''] = quoted.split(/ {2,}/)
  const words = line.split(/[\s[\]()]+/).filter((word) => word !== '')
  let command = ''
  let help = (await commandHelp(command)) ?? ''
  for (const word of words) {
    const subcommands = listed(help, 'Commands', SUBCOMMAND)
    if (!/^[a-z]/.test(word) || subcommands.length === 0) break
    if (!subcommands.includes(word)) return `there is no ${command} ${word}`
    command = `${command} ${word}`.trim()
    help = (await commandHelp(command)) ?? ''
  }
  const options = listed(help, 'Options', OPTION)
  const unknown = words.map((word) => word.replace(/=.*|[.,:]$/, '')).filter((word) => /^--[a-z]/.test(word))
  const missing = unknown.filter((word) => !options.includes(word))
  return missing.length === 0 ? undefined : `${command} has no ${missing.join(', ')}`
}

test('every command that is quoted exists, with its sub-commands and its options', async () => {
  const quoted = found(QUOTED)
  assert.ok(quoted.length > 100)
  const wrong: string[] = []
  for (const { path, what } of quoted) {
    const why = await whyWrong(what)
    if (why !== undefined) wrong.push(`${path} quotes posthorn ${what.trim()}: ${why}`)
  }
  assert.deepEqual(wrong, [])
})

test('what is not there is found', async () => {
  assert.equal(await whyWrong('retention status --json'), undefined)
  assert.equal(await whyWrong('replays start [--dry-run] --reason …'), undefined)
  assert.equal(await whyWrong('lanes --blocked'), undefined)
  for (const wrong of ['retain', 'retention look', 'retention status --jason', 'replays --dry-run', 'lanes --open=1']) {
    assert.ok(await whyWrong(wrong), wrong)
  }
})

test('every command is named on some page', async () => {
  const commands = listed((await commandHelp('')) ?? '', 'Commands', SUBCOMMAND).filter((name) => name !== 'help')
  assert.ok(commands.length > 5)
  const written = pages.map(({ text }) => text).join('\n')
  assert.deepEqual(
    commands.filter((name) => !written.includes(`\`${name}\``) && !written.includes(`posthorn ${name}`)),
    [],
  )
})
