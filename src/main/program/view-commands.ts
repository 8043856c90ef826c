import type { Command } from 'commander'
import { JSON_FLAG, type JsonFlag, type Run } from './run.ts'

/** The commands that print what is configured. */
export function addViewCommands(program: Command, run: Run): void {
  program
    .command('routes')
    .description('print which handler owns which events')
    .option('--check <file>', 'compare with a reviewed table instead')
    .option(...JSON_FLAG)
    .action(({ check, ...flags }: JsonFlag & { check?: string }) =>
      run(async (context) => (await import('../commands/routes.ts')).runRoutes(context, check), flags),
    )
  program
    .command('sources')
    .description('print the configured sources')
    .option(...JSON_FLAG)
    .action((flags: JsonFlag) =>
      run(async (context) => (await import('../commands/sources.ts')).runSources(context), flags),
    )
  program
    .command('settings')
    .description('print the settings in force, secrets masked')
    .option('--env-example', 'print the text of .env.example instead', false)
    .option('--check <file>', 'compare that text with a file instead')
    .option(...JSON_FLAG)
    .action((flags: JsonFlag & { envExample: boolean; check?: string }) =>
      run(async (context) => (await import('../commands/settings.ts')).runSettings(context, flags), flags),
    )
  program
    .command('version')
    .description('print the versions that run here')
    .option(...JSON_FLAG)
    .action((flags: JsonFlag) =>
      run(async (context) => (await import('../commands/version.ts')).runVersion(context), flags),
    )
}
