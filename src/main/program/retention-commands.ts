import { type Command, InvalidArgumentError } from 'commander'
import type { EntityRef } from '../../domain/event.ts'
import { JSON_FLAG, type JsonFlag, type Run } from './run.ts'

interface EraseFlags extends JsonFlag {
  source: string
  entity?: EntityRef
  event?: readonly string[]
  reason: string
  dryRun: boolean
}

/** The commands about how long things are kept. */
export function addRetentionCommands(program: Command, run: Run): void {
  const retention = program.command('retention').description('look after how long things are kept')
  retention
    .command('status')
    .description('print what is stored, how old it is, and how long it is kept')
    .option(...JSON_FLAG)
    .action((flags: JsonFlag) => run(async (context) => (await load()).runRetentionStatus(context), flags))
  retention
    .command('run')
    .description('remove now what has had its time, as the schedule does every hour')
    .option(...JSON_FLAG)
    .action((flags: JsonFlag) => run(async (context) => (await load()).runRetention(context), flags))
  program
    .command('erase')
    .description('erase the payloads of an entity, or of events, for good')
    .requiredOption('--source <id>', 'the ID of the source')
    .option('--entity <kind/id>', 'all events of this entity, and its mirrored state', entity)
    .option('--event <id>', 'the event of this ID; may be given again', eventIds)
    .requiredOption('--reason <text>', 'why, for the record')
    .option('--dry-run', 'print what would be erased, and change nothing', false)
    .option(...JSON_FLAG)
    .action(({ source, entity, event = [], reason, dryRun, ...flags }: EraseFlags, command: Command) => {
      if ((entity === undefined) === (event.length === 0)) {
        command.error('error: name an --entity, or events by --event', { exitCode: 2 })
      }
      const order = { source, eventIds: event, reason, dryRun, ...(entity !== undefined && { entity }) }
      return run(async (context) => (await import('../commands/erase.ts')).runErase(context, order), flags)
    })
}

const eventIds = (text: string, before: readonly string[] = []): string[] => [...before, text]

const load = () => import('../commands/retention.ts')

function entity(text: string): EntityRef {
  const [, kind, id] = /^([^/]+)\/(.+)$/s.exec(text) ?? []
  if (kind === undefined || id === undefined)
    throw new InvalidArgumentError('It must be kind/id, for example customer/cus_1.')
  return { kind, id }
}
