import type { Command } from 'commander'
import { JSON_FLAG, type JsonFlag, type Run, positiveInteger } from './run.ts'

/** The commands about what runs ask people. */
export function addApprovalCommands(program: Command, run: Run): void {
  const approvals = program.command('approvals').description('what runs wait for a person to decide')
  approvals
    .command('list')
    .description('print the open questions, the oldest first')
    .option('--all', 'the closed ones, too, the latest first', false)
    .option('--limit <count>', 'how many at most', positiveInteger, 50)
    .option(...JSON_FLAG)
    .action(({ json = false, ...filter }: JsonFlag & { all: boolean; limit: number }) =>
      run(async (context) => (await import('../commands/approvals.ts')).runApprovals(context, filter), { json }),
    )
  const ofOne = (name: string, description: string): Command =>
    approvals
      .command(name)
      .description(description)
      .argument('<id>', 'the ID of the question, as `posthorn approvals list` prints it')
      .option(...JSON_FLAG)
  ofOne('show', 'print a question and its answer').action((id: string, flags: JsonFlag) =>
    run(async (context) => (await import('../commands/approvals.ts')).runApproval(context, id), flags),
  )
  const answers = [
    ['approve', 'approved', 'say yes'],
    ['reject', 'rejected', 'say no'],
  ] as const
  for (const [name, answer, description] of answers) {
    ofOne(name, description)
      .requiredOption('--reason <text>', 'why, for the run and for the audit log')
      .action((id: string, { reason, ...flags }: JsonFlag & { reason: string }) =>
        run(
          async (context) => (await import('../commands/approvals.ts')).runAnswer(context, { id, answer, reason }),
          flags,
        ),
      )
  }
}
