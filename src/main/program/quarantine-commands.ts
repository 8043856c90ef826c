import { type Command, InvalidArgumentError } from 'commander'
import { JSON_FLAG, type JsonFlag, type Run, positiveInteger } from './run.ts'

interface ChoiceFlags extends JsonFlag {
  source?: string
  reason?: string
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

function requestId(text: string): string {
  if (!UUID.test(text))
    throw new InvalidArgumentError('It must be the ID of a request, as `posthorn quarantine list` prints it.')
  return text
}

const requestIds = (text: string, before: readonly string[] = []): string[] => [...before, requestId(text)]

/** The commands about requests that were refused for their signature or their time. */
export function addQuarantineCommands(program: Command, run: Run): void {
  const quarantine = program
    .command('quarantine')
    .description('look after requests that were refused as forged or stale')
  quarantine
    .command('list')
    .description('print what is in quarantine, the newest first')
    .option('--source <id>', 'of this source only')
    .option('--limit <count>', 'how many at most', positiveInteger, 50)
    .option(...JSON_FLAG)
    .action(({ json = false, ...filter }: JsonFlag & { source?: string; limit: number }) =>
      run(async (context) => (await load()).runQuarantineList(context, filter), { json }),
    )
  quarantine
    .command('show')
    .description('print one request as it came')
    .argument('<id>', 'the ID of the request', requestId)
    .option(...JSON_FLAG)
    .action((id: string, flags: JsonFlag) =>
      run(async (context) => (await load()).runQuarantineShow(context, id), flags),
    )
  chosen(
    quarantine.command('reverify').description('verify again with the secrets of now, and admit what verifies'),
  ).action((ids: string[], flags: ChoiceFlags) =>
    run(async (context) => (await load()).runQuarantineReverify(context, toOrder(ids, flags)), flags),
  )
  chosen(quarantine.command('drop').description('delete requests that nobody misses')).action(
    (ids: string[], flags: ChoiceFlags, command: Command) => {
      if (ids.length === 0 && flags.source === undefined) {
        command.error('error: name the requests to drop, or a --source', { exitCode: 2 })
      }
      return run(async (context) => (await load()).runQuarantineDrop(context, toOrder(ids, flags)), flags)
    },
  )
}

const load = () => import('../commands/quarantine.ts')

const chosen = (command: Command): Command =>
  command
    .argument('[ids...]', 'the IDs of requests; none: all', requestIds)
    .option('--source <id>', 'of this source only')
    .option('--reason <text>', 'why, for the audit log')
    .option(...JSON_FLAG)

const toOrder = (ids: readonly string[], { source, reason }: ChoiceFlags) => ({
  filter: { ...(source !== undefined && { source }), ...(ids.length > 0 && { ids }) },
  ...(reason !== undefined && { reason }),
})
