import { type Command, Option } from 'commander'
import { TAMPERINGS } from '../../simulator/tamper.ts'
import type { CaptureOptions, CaptureServerCommand } from '../commands/capture.ts'
import type { SendCommand } from '../commands/send.ts'
import type { VerifyCommand } from '../commands/verify.ts'
import { moment } from './moment.ts'
import type { SimulateOptions } from '../simulate.ts'
import { JSON_FLAG, type JsonFlag, type Run, positiveInteger, url } from './run.ts'

/** The commands that take a provider's place, or the receiver's. */
export function addSimulatorCommands(program: Command, run: Run): void {
  addSend(program, run)
  addVerify(program, run)
  addCapture(program, run)
  addSimulate(program, run)
}

function addSend(program: Command, run: Run): void {
  program
    .command('send')
    .description('sign an event as its provider would, and send it')
    .argument('<source>', 'the ID of the source')
    .argument('<type>', 'the type of the event, as `posthorn routes` names it')
    .option('--fixture <file>', 'send this file byte for byte, in place of a sample')
    .option('--id <id>', 'the ID of the event (default: a new one each time)')
    .addOption(new Option('--tamper <what>', 'send it spoiled: it must be refused').choices(TAMPERINGS))
    .option('--url <url>', 'where to send it (default: POSTHORN_PUBLIC_URL)', url)
    .option('--count <count>', 'how often', positiveInteger, 1)
    .option(...JSON_FLAG)
    .action(
      (source: string, type: string, { json = false, ...options }: JsonFlag & Omit<SendCommand, 'source' | 'type'>) =>
        run(async (context) => (await import('../commands/send.ts')).runSend(context, { source, type, ...options }), {
          json,
        }),
    )
}

function addVerify(program: Command, run: Run): void {
  program
    .command('verify')
    .description('say step by step why a request verifies or does not')
    .argument('<subject>', 'a source of the configuration, or a provider')
    .requiredOption('--request <file>', 'the request, as raw HTTP text or as JSON')
    .option('--secret-env <name>', 'the variable with the secret, for a provider', 'WEBHOOK_SECRET')
    .option('--at <time>', 'when the request came (default: as the file says, or now)', moment)
    .option('--url <url>', 'the URL of the hook as the provider knows it', url)
    .option(...JSON_FLAG)
    .action((subject: string, { json = false, ...options }: JsonFlag & Omit<VerifyCommand, 'subject'>) =>
      run(async (context) => (await import('../commands/verify.ts')).runVerify(context, { subject, ...options }), {
        json,
      }),
    )
}

function addCapture(program: Command, run: Run): void {
  program
    .command('capture')
    .description('record what arrives in the receiver’s place, or a stored event, as fixtures')
    .argument('[source]', 'the ID of the source of a stored event')
    .argument('[eventId]', 'the ID of the stored event')
    .option('--port <port>', 'where to listen (default: POSTHORN_PORT)', positiveInteger)
    .option('--out <folder>', 'where fixtures go', 'fixtures')
    .option('--count <count>', 'end after so many requests', positiveInteger)
    .option('--keep-signatures', 'leave signatures and tokens as they are, for `posthorn verify`', false)
    .option(...JSON_FLAG)
    .action(
      (
        source: string | undefined,
        eventId: string | undefined,
        flags: JsonFlag & CaptureServerCommand,
        command: Command,
      ) => {
        const { json = false, ...options } = flags
        if (source === undefined)
          return run(async (context) => (await import('../commands/capture.ts')).runCapture(context, options), { json })
        if (eventId === undefined) command.error('error: a stored event is named by its source and its ID')
        const stored: CaptureOptions = { out: options.out, keepSignatures: options.keepSignatures }
        return run(
          async (context) =>
            (await import('../commands/capture.ts')).runCaptureStored(context, { source, eventId, ...stored }),
          { json },
        )
      },
    )
}

function addSimulate(program: Command, run: Run): void {
  program
    .command('simulate')
    .description('take the place of providers: their APIs, and their senders with their schedules')
    .argument('<names...>', 'sources of the configuration, or providers that it has sources of')
    .option('--to <url>', 'where the receiver is (default: POSTHORN_PUBLIC_URL)', url)
    .option('--events <count>', 'how many things happen (default: until Ctrl-C)', positiveInteger)
    .option('--minutes <count>', 'nothing happens any more after so long', positiveInteger)
    .option('--per-second <count>', 'how many requests a second, about', positiveInteger, 2)
    .option('--seed <text>', 'the same seed makes the same things happen', 'posthorn')
    .option('--time-scale <factor>', 'so many seconds of the providers’ schedules pass in one', positiveInteger, 60)
    .option('--port <port>', 'the port of the APIs', positiveInteger, 4010)
    .option('--lose', 'of one event in ten no webhook ever comes, where a list tells of it', false)
    .option('--duplicate', 'some webhooks come twice, or five times at once', false)
    .option('--reorder', 'webhooks overtake each other', false)
    .option('--burst', 'webhooks come in volleys of twenty', false)
    .option('--slow', 'the APIs take seconds to answer', false)
    .option('--flaky', 'the APIs fail now and then', false)
    .option('--rate-limit', 'the APIs refuse more than ten calls a second', false)
    .option('--once', 'end after the last event, in place of going on to answer', false)
    .option(...JSON_FLAG)
    .action((names: string[], { json = false, ...options }: JsonFlag & SimulateOptions) =>
      run(async (context) => (await import('../simulate.ts')).runSimulate(context, names, options), { json }),
    )
}
