import { type Command, Option } from 'commander'
import { EVENT_STATES } from '../../domain/event-state.ts'
import type { EventFilter } from '../../storage/list-events.ts'
import { JSON_FLAG, type JsonFlag, type Run, positiveInteger } from './run.ts'

interface ReplayFlags extends JsonFlag {
  handler?: string
  seen?: number
  redo?: string
  reason?: string
  dryRun: boolean
}

/** The commands about stored events. */
export function addEventCommands(program: Command, run: Run): void {
  program
    .command('events')
    .description('print the latest events')
    .option('--source <id>', 'of this source only')
    .option('--type <type>', 'of this type only')
    .addOption(new Option('--state <state>', 'in this state only').choices(EVENT_STATES))
    .option('--limit <count>', 'how many at most', positiveInteger, 20)
    .option(...JSON_FLAG)
    .action(({ json = false, ...filter }: JsonFlag & EventFilter) =>
      run(async (context) => (await import('../commands/events.ts')).runEvents(context, filter), { json }),
    )
  program
    .command('replay')
    .description('run a stored event again')
    .argument('<source>', 'the ID of the source')
    .argument('<eventId>', 'the ID of the event, as the provider gave it')
    .option('--handler <name>', 'which run, where the event has runs of several handlers')
    .option('--seen <attempt>', 'refuse when there is a later attempt than this', positiveInteger)
    .option('--redo <effect>', 'do this effect again, as `posthorn effects list` names it')
    .option('--reason <text>', 'why, for the audit log; needed unless it is a dry run')
    .option('--dry-run', 'print what would run, and do nothing', false)
    .option(...JSON_FLAG)
    .action((source: string, eventId: string, { handler, seen, redo, reason, dryRun, ...flags }: ReplayFlags) => {
      const request = {
        source,
        eventId,
        dryRun,
        ...(handler !== undefined && { handler }),
        ...(seen !== undefined && { seenAttempt: seen }),
        ...(redo !== undefined && { redo }),
        ...(reason !== undefined && { reason }),
      }
      return run(async (context) => (await import('../commands/replay.ts')).runReplay(context, request), flags)
    })
}
