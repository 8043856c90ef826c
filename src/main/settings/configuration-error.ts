/** Settings or configuration that cannot work: all problems at once, each a sentence that says what to do. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
  readonly problems: readonly string[]

  constructor(summary: string, problems: readonly string[], cause?: unknown) {
    const message = [summary, ...problems.map((problem) => `  - ${problem}`)].join('\n')
    super(message, cause === undefined ? undefined : { cause })
    this.problems = problems
  }
}
