import { type Command, InvalidArgumentError } from 'commander'
import type { Confirmation } from '../commands/effects.ts'
import { JSON_FLAG, type JsonFlag, type Run } from './run.ts'

/** The commands about what handlers have done. */
export function addEffectCommands(program: Command, run: Run): void {
  const effects = program.command('effects').description('what the handlers of an event have done')
  const source = ['<source>', 'the ID of the source'] as const
  const event = ['<eventId>', 'the ID of the event, as the provider gave it'] as const
  effects
    .command('list')
    .description('print the ledger of an event')
    .argument(...source)
    .argument(...event)
    .option(...JSON_FLAG)
    .action((source: string, eventId: string, flags: JsonFlag) =>
      run(
        async (context) => (await import('../commands/effects.ts')).listEventEffects(context, { source, eventId }),
        flags,
      ),
    )
  effects
    .command('confirm')
    .description('say of a call whose end is unknown that it took place')
    .argument(...source)
    .argument(...event)
    .argument('<effect>', 'the call, as `posthorn effects list` names it')
    .requiredOption('--reason <text>', 'how that is known, for the audit log')
    .option('--result <json>', 'what the call had answered, for the activity to go on with', json)
    .option('--handler <name>', 'whose effect, where several handlers have one of that name')
    .option(...JSON_FLAG)
    .action((source: string, eventId: string, label: string, { json, ...more }: JsonFlag & ConfirmFlags) => {
      const confirmation = { source, eventId, label, ...more }
      return run(
        async (context) => (await import('../commands/effects.ts')).confirmEffect(context, confirmation),
        json === true ? { json } : {},
      )
    })
}

type ConfirmFlags = Pick<Confirmation, 'reason' | 'result' | 'handler'>

function json(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text))
  } catch {
    throw new InvalidArgumentError('It must be JSON.')
  }
}
