/** Work that never runs twice at the same time. */
export interface InTurn {
  /** Resolves when the work has been done once more; what is asked for while it runs is done once after it. */
  ask(): Promise<void>
  /** Resolves when nothing runs any more; what was asked for and has not begun is given up. */
  idle(): Promise<void>
}

export function inTurn(work: () => Promise<void>): InTurn {
  let running: Promise<void> | undefined
  let isAsked = false

  async function runAll(): Promise<void> {
    while (isAsked) {
      isAsked = false
      await work()
    }
  }

  return {
    ask() {
      isAsked = true
      running ??= runAll().finally(() => (running = undefined))
      return running
    },
    async idle() {
      isAsked = false
      await running
    },
  }
}
