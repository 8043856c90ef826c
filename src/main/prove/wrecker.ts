import type { Fault } from '../../prove/fault-plan.ts'
import { type Victims, disturb } from './disturb.ts'

/** Carries out a plan of faults. */
export interface Wrecker {
  /** By kind, those that were begun. */
  readonly done: Partial<Record<Fault['kind'], number>>
  /** Begins everything that is due after so many changes. */
  strike(changes: number): void
  /** Resolves when every fault is over; rejects when something could not be started again. */
  calm(): Promise<void>
}

export function createWrecker(victims: Victims, plan: Iterator<Fault>): Wrecker {
  const done: Wrecker['done'] = {}
  const underWay = new Set<Promise<void>>()
  let broken: Error | undefined
  let next = plan.next()

  function begin(fault: Fault): void {
    done[fault.kind] = (done[fault.kind] ?? 0) + 1
    const task = disturb(victims, fault)
      .catch((error: unknown) => void (broken ??= error as Error))
      .finally(() => underWay.delete(task))
    underWay.add(task)
  }

  return {
    done,
    strike(changes) {
      for (; !next.done && next.value.at <= changes; next = plan.next()) begin(next.value)
    },
    async calm() {
      await Promise.all(underWay)
      if (broken !== undefined) throw broken
    },
  }
}
