/** Looks now and then at intervals, never twice at once. `look` must not reject. Returns how to stop, once the last look is over. */
export function lookRegularly(everyMs: number, look: () => Promise<void>): () => Promise<void> {
  let looking: Promise<void> | undefined
  const start = (): void => {
    looking ??= look().finally(() => (looking = undefined))
  }
  const timer = setInterval(start, everyMs)
  start()
  return async () => {
    clearInterval(timer)
    await looking
  }
}
