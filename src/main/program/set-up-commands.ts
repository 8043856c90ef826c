import type { Command } from 'commander'
import { JSON_FLAG, type JsonFlag, type Run } from './run.ts'

/** The commands that prepare and check what the processes need. */
export function addSetUpCommands(program: Command, run: Run): void {
  program
    .command('migrate')
    .description('bring the database to the schema of this version')
    .option('--restored', 'it was restored to an earlier time: make good what it cannot know of that', false)
    .option(...JSON_FLAG)
    .action((flags: JsonFlag & { restored: boolean }) =>
      run(async (context) => (await import('../commands/migrate.ts')).runMigrate(context, flags), flags),
    )
  program
    .command('setup')
    .description('bring the Temporal namespace to what is needed, and deploy the route table')
    .option(...JSON_FLAG)
    .action((flags: JsonFlag) =>
      run(async (context) => (await import('../commands/setup.ts')).runSetup(context), flags),
    )
  program
    .command('doctor')
    .description('check everything that Posthorn depends on, and say what to mend')
    .option(...JSON_FLAG)
    .action((flags: JsonFlag) =>
      run(async (context) => (await import('../commands/doctor.ts')).runDoctor(context), flags),
    )
  program
    .command('build')
    .description('make what production loads: configuration, activities, routes, workflow bundle')
    .option(...JSON_FLAG)
    .action((flags: JsonFlag) =>
      run(async (context) => (await import('../commands/build.ts')).runBuild(context), flags),
    )
}
