import type { Command } from 'commander'
import { CommandError } from '../../cli/exit-codes.ts'
import { moment } from './moment.ts'
import { JSON_FLAG, type JsonFlag, type Run, positiveInteger } from './run.ts'

interface SpanFlags extends JsonFlag {
  from?: Date
  to?: Date
  detach: boolean
}

interface CoverageFlags extends JsonFlag {
  source?: string
  unproven: boolean
  limit: number
}

/** The commands about completeness: what the provider has, compared with what arrived. */
export function addReconcileCommands(program: Command, run: Run): void {
  const reconcile = program
    .command('reconcile')
    .description("compare with the providers' lists, and take in what is missing")
  spanned(reconcile, 'run', 'do now what is due, or compare a stretch of time').action(
    (source: string, flags: SpanFlags) =>
      run(async (context) => {
        const { runReconcile } = await import('../commands/reconcile.ts')
        const { from, to, detach } = flags
        if (from === undefined && to !== undefined) throw new CommandError('usage', '--to needs --from beside it.')
        return runReconcile(context, {
          source,
          detach,
          refresh: false,
          ...(from && { span: { from, ...(to && { to }) } }),
        })
      }, flags),
  )
  spanned(reconcile, 'backfill', 'the same, and have the mirror of every entity in it read again').action(
    (source: string, flags: SpanFlags) =>
      run(async (context) => {
        const { runReconcile } = await import('../commands/reconcile.ts')
        const { from, to, detach } = flags
        if (from === undefined) throw new CommandError('usage', 'Say from when on: --from <time>.')
        return runReconcile(context, { source, detach, refresh: true, span: { from, ...(to && { to }) } })
      }, flags),
  )
  reconcile
    .command('cancel')
    .description('end a request for a stretch of time; the same request takes it up again')
    .argument('<source>', 'the ID of the source')
    .option(...JSON_FLAG)
    .action((source: string, flags: JsonFlag) =>
      run(async (context) => (await import('../commands/reconcile.ts')).cancelReconcile(context, source), flags),
    )
  reconcile
    .command('believe-deletions')
    .description('for an hour, take it for true when many entities are gone at once: you have looked, and they are')
    .argument('<source>', 'the ID of the source')
    .requiredOption('--reason <text>', 'why, for the audit log')
    .option(...JSON_FLAG)
    .action((source: string, { reason, ...flags }: JsonFlag & { reason: string }) =>
      run(async (context) => {
        const { believeInDeletions } = await import('../commands/reconcile.ts')
        return believeInDeletions(context, { source, reason })
      }, flags),
    )
  reconcile
    .command('status')
    .description('print how complete each source is known to be')
    .option(...JSON_FLAG)
    .action((flags: JsonFlag) =>
      run(async (context) => (await import('../commands/reconcile.ts')).showReconcileStatus(context), flags),
    )
  reconcile
    .command('coverage')
    .description('print the ledger: what was listed, present, recovered, and what is in doubt')
    .option('--source <id>', 'of this source only')
    .option('--unproven', 'only windows that are open or in doubt', false)
    .option('--limit <count>', 'how many at most', positiveInteger, 50)
    .option(...JSON_FLAG)
    .action(({ json = false, ...filter }: CoverageFlags) =>
      run(async (context) => (await import('../commands/reconcile.ts')).showCoverage(context, filter), { json }),
    )
}

const spanned = (reconcile: Command, name: string, description: string): Command =>
  reconcile
    .command(name)
    .description(description)
    .argument('<source>', 'the ID of the source')
    .option('--from <time>', 'from then on: a time, or how long ago, as 3d', moment)
    .option('--to <time>', 'until then; default: now, or where this request ended that was left', moment)
    .option('--detach', 'do not wait for its end', false)
    .option(...JSON_FLAG)
