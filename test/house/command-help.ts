import { runProgram } from '../../src/main/program.ts'

/** What `posthorn <command> --help` prints; undefined when there is no such command. An empty one asks for the whole program. */
export async function commandHelp(command: string): Promise<string | undefined> {
  let help = ''
  const keep = (text: string): void => void (help += text)
  const args = command.split(' ').filter((word) => word !== '')
  await runProgram([...args, '--help'], { given: {}, environment: {}, out: keep, err: keep })
  return help.startsWith(['Usage: posthorn', ...args, ''].join(' ')) ? help : undefined
}
