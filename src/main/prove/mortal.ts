import { setTimeout as delay } from 'node:timers/promises'
import type { Exit } from '../../stack/child-process.ts'
import { signal } from './signal.ts'

/** A process that runs now. */
export interface Running {
  pid: number
  /** Where more processes belong to it: stops them all, and resolves to what wakes them. */
  freeze?(): Promise<() => void>
  /** Resolves when it is gone, to what ended it: that may have been faster. */
  kill(): Promise<Pick<Exit, 'signal'>>
  stop(): Promise<unknown>
  /** When it ends of itself it is started again, as by a supervisor. */
  exited: Promise<unknown>
}

/** A process that is killed and stopped, and always started again. What is asked of it happens in turn. */
export interface Mortal {
  /** Times that it ended and nobody had killed it. */
  readonly crashes: number
  /** SIGKILL; resolves when it runs again, which begins `downMs` later. False: it had ended of itself before. */
  kill(downMs: number): Promise<boolean>
  /** SIGSTOP for so long. False: it could not be stopped. */
  pause(ms: number): Promise<boolean>
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
  let turn: Promise<unknown> = Promise.resolve()
  watch(running)

  function inTurn(work: () => Promise<boolean>): Promise<boolean> {
    const mine = turn.then(() => isWanted && work())
    turn = mine.catch(() => undefined)
    return mine
  }

  function watch(started: Running): void {
    void started.exited.then(() => {
      if (started !== running || !isUp || !isWanted) return
      crashes += 1
      isUp = false
      inTurn(start).catch(() => undefined)
    })
  }

  /** True when it is up. */
  async function start(): Promise<boolean> {
    for (const deadline = Date.now() + START_TIMEOUT_MS; !isUp && isWanted; await delay(START_AGAIN_AFTER_MS)) {
      try {
        running = await launch()
        isUp = true
        watch(running)
      } catch (error) {
        // What it needs may be down, too.
        if (Date.now() > deadline) throw error
      }
    }
    return isUp
  }

  async function killNow(): Promise<boolean> {
    if (!isUp) return false
    isUp = false
    const wasKilled = (await running.kill()).signal === 'SIGKILL'
    if (!wasKilled) crashes += 1
    return wasKilled
  }

  return {
    get crashes() {
      return crashes
    },
    kill: (downMs) =>
      inTurn(async () => {
        const wasKilled = await killNow()
        await delay(downMs)
        await start()
        return wasKilled
      }),
    pause: (ms) =>
      inTurn(async () => {
        // A server that is too busy to say which processes are its own is not stopped, and nothing else is wrong.
        const thaw = isUp ? await freeze(running).catch(() => undefined) : undefined
        if (thaw === undefined) return false
        await delay(ms)
        thaw()
        return true
      }),
    async stop() {
      isWanted = false
      await turn
      if (isUp) await running.stop()
    },
  }
}

/** Undefined: it has ended. */
async function freeze(running: Running): Promise<(() => void) | undefined> {
  if (running.freeze !== undefined) return running.freeze()
  return signal(running.pid, 'SIGSTOP') ? () => void signal(running.pid, 'SIGCONT') : undefined
}
