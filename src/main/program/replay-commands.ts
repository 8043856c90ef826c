import { type Command, InvalidArgumentError, Option } from 'commander'
import { CommandError } from '../../cli/exit-codes.ts'
import { DEFAULT_RAMP } from '../../domain/replay-ramp.ts'
import { REPLAYABLE_STATES, type ReplayFilter } from '../../storage/replays/replay-filter.ts'
import { moment } from './moment.ts'
import { JSON_FLAG, type JsonFlag, type Run, positiveInteger } from './run.ts'

type FilterFlags = Omit<ReplayFilter, 'since' | 'until'> & { since?: Date; until?: Date; includeProcessed: boolean }

interface RampFlags {
  canary: number
  rate: number
  stopAbove: number
}

interface StartFlags extends FilterFlags, RampFlags, JsonFlag {
  attemptsFrom?: number
  reason?: string
  dryRun: boolean
}

/** The commands about replays of many events. */
export function addReplayCommands(program: Command, run: Run): void {
  const replays = program.command('replays').description('run many stored events again, chosen by a filter')
  addStart(replays, run)
  replays
    .command('list')
    .description('print the latest replays')
    .option('--limit <count>', 'how many at most', positiveInteger, 20)
    .option(...JSON_FLAG)
    .action(({ limit, ...flags }: JsonFlag & { limit: number }) =>
      run(async (context) => (await import('../commands/replays.ts')).listAllReplays(context, limit), flags),
    )
  const ofOne = (name: string, description: string): Command =>
    replays
      .command(name)
      .description(description)
      .argument('<id>', 'the ID of the replay')
      .option(...JSON_FLAG)
  ofOne('show', 'print a replay with its figures').action((id: string, flags: JsonFlag) =>
    run(async (context) => (await import('../commands/replays.ts')).showReplay(context, id), flags),
  )
  ofOne('watch', 'show how far it is, until it has ended').action((id: string, flags: JsonFlag) =>
    run(async (context) => (await import('../commands/replays.ts')).watchReplay(context, id), flags),
  )
  ofOne('cancel', 'queue nothing more of it; what is in flight ends')
    .requiredOption('--reason <text>', 'why, for the audit log')
    .action((id: string, { reason, ...flags }: JsonFlag & { reason: string }) =>
      run(async (context) => (await import('../commands/replays.ts')).cancelReplays(context, { id, reason }), flags),
    )
}

function addStart(replays: Command, run: Run): void {
  replays
    .command('start')
    .description('replay every run that fits: a few first, then more and more, while they end well')
    .addOption(new Option('--state <state>', 'in this state').choices(REPLAYABLE_STATES).default('dead'))
    .option('--source <id>', 'of this source only')
    .option('--type <pattern>', 'of this event type only; * stands for anything')
    .option('--handler <name>', 'of this handler only')
    .option('--code <code>', 'dead or parked with this code, or ignored for this reason')
    .option('--fingerprint <fingerprint>', 'of this kind of failure only')
    .option('--since <time>', 'in that state since then: a time, or how long ago, as 2h', moment)
    .option('--until <time>', 'in that state before then', moment)
    .option('--include-processed', 'permit --state processed and --state ignored', false)
    .option('--canary <runs>', 'how many go first, alone', positiveInteger, DEFAULT_RAMP.canary)
    .option(
      '--rate <runs>',
      'how many in a second at most; beside live events a tenth',
      positiveInteger,
      DEFAULT_RAMP.rate,
    )
    .addOption(
      new Option('--stop-above <percent>', 'stop when a larger share fails')
        .argParser(share)
        .default(DEFAULT_RAMP.stopAbove, '5%'),
    )
    .option('--attempts-from <number>', 'number the new attempts from here on, after a restore', attemptNumber)
    .option('--reason <text>', 'why, for the audit log; needed unless it is a dry run')
    .option('--dry-run', 'print what would run and what the mirror would become, and do nothing', false)
    .option(...JSON_FLAG)
    .action(({ json = false, reason, dryRun, canary, rate, stopAbove, attemptsFrom, ...flags }: StartFlags) =>
      run(
        async (context) => {
          const { previewReplays, startReplays } = await import('../commands/replays.ts')
          const filter = toFilter(flags)
          if (dryRun) return previewReplays(context, filter)
          if (reason === undefined) throw new CommandError('usage', 'Say why, for the audit log: --reason <text>.')
          const ramp = { canary, rate, stopAbove }
          const numbered = attemptsFrom === undefined ? {} : { firstAttempt: attemptsFrom }
          return startReplays(context, { filter, ramp, reason, ...numbered })
        },
        { json },
      ),
    )
}

/** @throws CommandError for what cannot be meant. */
function toFilter({ since, until, includeProcessed, ...filter }: FilterFlags): ReplayFilter {
  const { state, code, fingerprint } = filter
  if ((state === 'processed' || state === 'ignored') && !includeProcessed) {
    throw new CommandError('usage', `Events that are ${state} ended well: to run them again, add --include-processed.`)
  }
  if (code !== undefined && (state === 'unrouted' || state === 'processed')) {
    throw new CommandError('usage', `Events that are ${state} have no code.`)
  }
  if (fingerprint !== undefined && state !== 'dead') {
    throw new CommandError('usage', 'Only dead letters have a fingerprint.')
  }
  return {
    ...filter,
    ...(since !== undefined && { since: since.toISOString() }),
    ...(until !== undefined && { until: until.toISOString() }),
  }
}

/** Postgres counts attempts in 32 bits, and people read them. */
const MAX_FIRST_ATTEMPT = 1_000_000

function attemptNumber(text: string): number {
  const number = positiveInteger(text)
  if (number > MAX_FIRST_ATTEMPT) throw new InvalidArgumentError(`It must be ${MAX_FIRST_ATTEMPT} at most.`)
  return number
}

/** `5%` as 0.05. */
function share(text: string): number {
  const percent = /^(\d{1,3}(?:\.\d+)?)\s*%?$/.exec(text)?.[1]
  if (percent === undefined || Number(percent) > 100) throw new InvalidArgumentError('It must be from 0% to 100%.')
  return Number(percent) / 100
}
