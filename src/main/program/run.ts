import { InvalidArgumentError } from 'commander'
import type { ExitCode } from '../../cli/exit-codes.ts'
import type { CommandContext } from '../commands/context.ts'

/** Runs what a command does. What the action returns is the exit code; nothing is 0. */
export type Run = (
  action: (context: CommandContext) => Promise<ExitCode | void> | ExitCode | void,
  flags?: JsonFlag,
) => Promise<void>

export interface JsonFlag {
  json?: boolean
}

/** The option that every command with an answer has. */
export const JSON_FLAG = ['--json', 'print JSON'] as const

/** Parses the value of an option. */
export function positiveInteger(text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 1) throw new InvalidArgumentError('It must be a whole number above 0.')
  return number
}

/** Parses the value of an option: an http:// or https:// URL. */
export function url(text: string): string {
  if (!URL.canParse(text) || !/^https?:/.test(text))
    throw new InvalidArgumentError('It must be a URL that begins with http:// or https://.')
  return text
}
