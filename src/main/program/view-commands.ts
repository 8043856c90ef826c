import type { Command } from 'commander'
import { JSON_FLAG, type JsonFlag, type Run, positiveInteger } from './run.ts'

/** The commands that print what is configured. */
export function addViewCommands(program: Command, run: Run): void {
  program
    .command('sources')
    .description('print the configured sources, whether their APIs answer, and what is known of every provider')
    .option('--pages <folder>', 'write a page about every provider instead')
    .option('--check <folder>', 'compare such pages with a folder instead')
    .option(...JSON_FLAG)
    .action((flags: JsonFlag & { pages?: string; check?: string }) =>
      run(async (context) => (await import('../commands/sources.ts')).runSources(context, flags), flags),
    )
  program
    .command('lanes')
    .description('print the serial lanes that hold events, those that have waited longest first')
    .option('--blocked', 'only those that stand behind a dead run', false)
    .option('--limit <count>', 'how many at most', positiveInteger, 20)
    .option(...JSON_FLAG)
    .action(({ json = false, ...filter }: JsonFlag & { blocked: boolean; limit: number }) =>
      run(async (context) => (await import('../commands/lanes.ts')).runLanes(context, filter), { json }),
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
