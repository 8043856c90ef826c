import { setTimeout as delay } from 'node:timers/promises'

/** A process that runs now. */
export interface Running {
  pid: number
  /** Where more processes belong to it: stops them all, and resolves to what wakes them. */
  freeze?(): Promise<() => void>
  kill(): Promise<unknown>
  stop(): Promise<unknown>
  /** Known of those that are to be started again when they end of themselves, as a supervisor does. */
  exited?: Promise<unknown>
}

/** A process that is killed and stopped, and always started again. What is asked of it happens in turn. */
export interface Mortal {
  /** Times that it ended and nobody had killed it. */
  readonly crashes: number
  /** SIGKILL; resolves when it runs again, which begins `downMs` later. */
  kill(downMs: number): Promise<void>
  /** SIGSTOP for so long. */
  pause(ms: number): Promise<void>
  /** For good. */
  stop(): Promise<void>
}

const START_AGAIN_AFTER_MS = 500
const START_TIMEOUT_MS = 180_000

/** @throws whatever the first start throws. A later one is tried again until it succeeds, for three minutes. */
export async function createMortal(launch: () => Promise<Running>): Promise<Mortal> {
  let running = await launch()
  let isWanted = true
  let isUp = true
  let crashes = 0
  let turn: Promise<void> = Promise.resolve()
  watch(running)

  function inTurn(work: () => Promise<void>): Promise<void> {
    const mine = turn.then(() => (isWanted ? work() : undefined))
    turn = mine.catch(() => undefined)
    return mine
  }

  function watch(started: Running): void {
    void started.exited?.then(() => {
      if (started !== running || !isUp || !isWanted) return
      crashes += 1
      isUp = false
      inTurn(start).catch(() => undefined)
    })
  }

  async function start(): Promise<void> {
    for (const deadline = Date.now() + START_TIMEOUT_MS; !isUp && isWanted; await delay(START_AGAIN_AFTER_MS)) {
      try {
        running = await launch()
        isUp = true
        return watch(running)
      } catch (error) {
        // What it needs may be down, too.
        if (Date.now() > deadline) throw error
      }
    }
  }

  return {
    get crashes() {
      return crashes
    },
    kill: (downMs) =>
      inTurn(async () => {
        isUp = false
        await running.kill()
        await delay(downMs)
        await start()
      }),
    pause: (ms) =>
      inTurn(async () => {
        if (!isUp) return
        const thaw = await (running.freeze?.() ?? freeze(running.pid))
        await delay(ms)
        thaw()
      }),
    async stop() {
      isWanted = false
      await turn
      if (isUp) await running.stop()
    },
  }
}

function freeze(pid: number): () => void {
  process.kill(pid, 'SIGSTOP')
  return () => void process.kill(pid, 'SIGCONT')
}
