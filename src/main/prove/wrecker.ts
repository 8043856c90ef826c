import type { Fault } from '../../prove/fault-plan.ts'
import { type Victims, disturb } from './disturb.ts'

/** Carries out a plan of faults. */
export interface Wrecker {
  /** By kind, those that happened and are over. */
  readonly done: Partial<Record<Fault['kind'], number>>
  /** Those that could not be done, as the stop of a process that had just ended. */
  readonly skipped: number
  /** Begins everything that is due after so many changes. True: something is killed. */
  strike(changes: number): boolean
  /** Resolves when every fault is over; rejects when something could not be started again. */
  calm(): Promise<void>
}

export function createWrecker(victims: Victims, plan: Iterator<Fault>): Wrecker {
  const done: Wrecker['done'] = {}
  const underWay = new Set<Promise<void>>()
  let skipped = 0
  let broken: Error | undefined
  let next = plan.next()

  function begin(fault: Fault): void {
    const task = disturb(victims, fault)
      .then((isDone) => count(fault, isDone))
      .catch((error: unknown) => void (broken ??= error as Error))
      .finally(() => underWay.delete(task))
    underWay.add(task)
  }

  function count({ kind }: Fault, isDone: boolean): void {
    if (isDone) done[kind] = (done[kind] ?? 0) + 1
    else skipped += 1
  }

  return {
    done,
    get skipped() {
      return skipped
    },
    strike(changes) {
      let isDeadly = false
      for (; !next.done && next.value.at <= changes; next = plan.next()) {
        begin(next.value)
        isDeadly ||= next.value.kind === 'kill'
      }
      return isDeadly
    },
    async calm() {
      await Promise.all(underWay)
      if (broken !== undefined) throw broken
    },
  }
}
