import type { Command } from 'commander'
import type { ExportFlags } from '../commands/dead-letters/export.ts'
import type { ListFlags } from '../commands/dead-letters/list.ts'
import type { ActFlags } from '../commands/dead-letters/act.ts'
import { moment } from './moment.ts'
import { JSON_FLAG, type JsonFlag, type Run, positiveInteger } from './run.ts'

const SOURCE = ['<source>', 'the ID of the source'] as const
const EVENT = ['<eventId>', 'the ID of the event, as the provider gave it'] as const
const EVENTS = ['<eventId...>', 'the IDs of the events, as the provider gave them'] as const

/** The commands about what waits for a person. */
export function addDeadLetterCommands(program: Command, run: Run): void {
  const deadLetters = program.command('dead-letters').description('see to the runs that ended badly')
  addReadingCommands(deadLetters, run)
  deadLetters
    .command('replay')
    .description('run dead events again')
    .argument(...SOURCE)
    .argument(...EVENTS)
    .option('--handler <name>', 'which run, where several handlers of the event are dead')
    .requiredOption('--reason <text>', 'why, for the audit log')
    .option(...JSON_FLAG)
    .action((source: string, eventIds: string[], { json = false, ...flags }: JsonFlag & ActFlags) =>
      run(
        async (context) =>
          (await import('../commands/dead-letters/act.ts')).runReplay(context, { source, eventIds, ...flags }),
        { json },
      ),
    )
  deadLetters
    .command('discard')
    .description('give up for good what is dead or parked: it counts as ignored')
    .argument(...SOURCE)
    .argument(...EVENTS)
    .option('--handler <name>', 'of this handler only')
    .requiredOption('--reason <text>', 'why, for the audit log')
    .option(...JSON_FLAG)
    .action((source: string, eventIds: string[], { json = false, ...flags }: JsonFlag & ActFlags) =>
      run(
        async (context) =>
          (await import('../commands/dead-letters/act.ts')).runDiscard(context, { source, eventIds, ...flags }),
        { json },
      ),
    )
}

function addReadingCommands(deadLetters: Command, run: Run): void {
  addFilterOptions(deadLetters.command('list').description('print dead letters, the newest first'))
    .option('--group', 'print the kinds of failures instead, the most frequent first', false)
    .option('--after <cursor>', 'begin behind the last one of the page before')
    .option('--limit <count>', 'how many at most', positiveInteger, 50)
    .option(...JSON_FLAG)
    .action(({ json = false, ...flags }: JsonFlag & ListFlags) =>
      run(async (context) => (await import('../commands/dead-letters/list.ts')).runList(context, flags), { json }),
    )
  deadLetters
    .command('show')
    .description('print all that is known of one event: receipts, attempts, errors, who did what')
    .argument(...SOURCE)
    .argument(...EVENT)
    .option('--payload', 'with its headers and bytes, credentials left out', false)
    .option(...JSON_FLAG)
    .action((source: string, eventId: string, { json = false, payload }: JsonFlag & { payload: boolean }) =>
      run(
        async (context) =>
          (await import('../commands/dead-letters/show.ts')).runShow(context, { source, eventId, payload }),
        { json },
      ),
    )
  addFilterOptions(
    deadLetters.command('export').description('write dead letters with their bytes as JSON lines, the oldest first'),
  )
    .option('--file <path>', 'write to this file; with --after, add to it')
    .option('--after <cursor>', 'begin behind the line with this cursor')
    .option(...JSON_FLAG)
    .action(({ json = false, ...flags }: JsonFlag & ExportFlags) =>
      run(async (context) => (await import('../commands/dead-letters/export.ts')).runExport(context, flags), { json }),
    )
}

const addFilterOptions = (command: Command): Command =>
  command
    .option('--source <id>', 'of this source only')
    .option('--type <type>', 'of this event type only; * stands for anything')
    .option('--handler <name>', 'of this handler only')
    .option('--code <code>', 'with this code only')
    .option('--fingerprint <fingerprint>', 'of this kind of failure only')
    .option('--since <time>', 'dead since then: a time, or how long ago, as 2h', moment)
    .option('--until <time>', 'dead before then', moment)
