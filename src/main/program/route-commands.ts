import type { Command } from 'commander'
import { JSON_FLAG, type JsonFlag, type Run } from './run.ts'

/** The commands about routes: which there are, and which of them may run. */
export function addRouteCommands(program: Command, run: Run): void {
  const routes = program
    .command('routes')
    .description('print which handler owns which events, and which of them are paused')
    .option('--check <file>', 'compare with a reviewed table instead')
    .option(...JSON_FLAG)
    .action(({ check, ...flags }: JsonFlag & { check?: string }) =>
      run(async (context) => (await import('../commands/routes.ts')).runRoutes(context, check), flags),
    )
  routes
    .command('pause <handler>')
    .description('let the events of a handler wait')
    .requiredOption('--reason <text>', 'why, for the audit log')
    .action((handler: string, { reason }: { reason: string }, command: Command) =>
      run(
        async (context) => (await import('../commands/route-pauses.ts')).runRoutePause(context, { handler, reason }),
        command.optsWithGlobals<JsonFlag>(),
      ),
    )
  routes
    .command('resume <handler>')
    .description('start what has waited for a handler that is paused')
    .option('--reason <text>', 'why, for the audit log')
    .action((handler: string, options: { reason?: string }, command: Command) =>
      run(
        async (context) =>
          (await import('../commands/route-pauses.ts')).runRouteResume(context, { handler, ...options }),
        command.optsWithGlobals<JsonFlag>(),
      ),
    )
}
