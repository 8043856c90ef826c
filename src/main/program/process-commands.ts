import type { Command } from 'commander'
import type { DemoOptions } from '../demo.ts'
import type { ProveOptions } from '../prove.ts'
import type { Environment } from '../settings.ts'
import { type Run, positiveInteger } from './run.ts'

/**
 * The commands that run until they are told to stop. `given` is the environment without the servers of a running
 * `posthorn dev`, which must not take its own for somebody's.
 */
export function addProcessCommands(program: Command, run: Run, given: Environment): void {
  program
    .command('serve')
    .description('run the receiver: verifies webhooks, makes them durable, acknowledges them')
    .action(() => run(async ({ environment }) => (await import('../serve.ts')).serve(environment)))
  program
    .command('work')
    .description('run the dispatcher and the Temporal worker')
    .action(() => run(async ({ environment }) => (await import('../work.ts')).work(environment)))
  program
    .command('dev')
    .description('run everything on this machine, Postgres and Temporal included, with reload')
    .action(() => run(async () => (await import('../dev.ts')).dev(given)))
  program
    .command('demo')
    .description('show everything at work, with stand-ins for the providers')
    .option('--once', 'check the outcome, print it as JSON, and exit', false)
    .option('--events <count>', 'how many things happen at the providers', positiveInteger, 300)
    .option('--seed <text>', 'the same seed makes the same things happen', 'posthorn')
    .option('--sabotage', 'let something happen that no webhook tells of: the check must notice', false)
    .action((options: DemoOptions) => run(async () => (await import('../demo.ts')).demo(options)))
  program
    .command('prove')
    .description('kill everything again and again under load, then account for every event')
    .option('--events <count>', 'how many things happen at the providers (default: 2000)', positiveInteger)
    .option('--minutes <count>', 'nothing happens any more after so long', positiveInteger)
    .option('--seed <text>', 'the same seed makes the same things happen', '1')
    .option('--against <file>', 'use the servers that this file of variables names, and kill only our own processes')
    .option('--json', 'print the figures as JSON', false)
    .action((options: ProveOptions) => run(async () => (await import('../prove.ts')).prove(options, given)))
}
