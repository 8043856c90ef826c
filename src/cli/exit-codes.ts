/** What the exit code of a command says to scripts. */
export const EXIT_CODES = {
  ok: 0,
  /** A check did not pass, or the command could not do what was asked. */
  failed: 1,
  /** Unknown command or option, or settings that cannot work. */
  usage: 2,
  /** Postgres or Temporal cannot be reached. */
  unreachable: 3,
} as const

export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES]

/** Ends a command: the message is one sentence that says what to do. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly exitCode: ExitCode

  constructor(exitCode: keyof typeof EXIT_CODES, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.exitCode = EXIT_CODES[exitCode]
  }
}
