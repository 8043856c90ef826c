/** What a shell calls a program that Ctrl-C ended. */
export const INTERRUPTED = 130

/** Resolves with the first request to end; the second one ends the process at once, and its children with it. */
export function untilInterrupted(): Promise<void> {
  return new Promise((resolve) => {
    let isFirst = true
    const onSignal = () => {
      if (!isFirst) process.exit(INTERRUPTED)
      isFirst = false
      resolve()
    }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
  })
}
