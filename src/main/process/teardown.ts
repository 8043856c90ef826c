import type { Logger } from '../../telemetry/logger.ts'

/** The way down: what was started last is stopped first. */
export interface Teardown {
  /** To be called once `name` has been started; `step` stops it. */
  add(name: string, step: () => Promise<unknown>): void
  /** Takes every step, also after one that failed. True when none failed. */
  run(): Promise<boolean>
}

export function createTeardown(logger: Logger): Teardown {
  const steps: { name: string; step: () => Promise<unknown> }[] = []
  return {
    add: (name, step) => steps.push({ name, step }),
    async run() {
      let isClean = true
      for (let next = steps.pop(); next !== undefined; next = steps.pop()) {
        try {
          await next.step()
          logger.debug({ part: next.name }, 'process.part_stopped')
        } catch (error) {
          isClean = false
          logger.error({ part: next.name, err: error }, 'process.part_failed_to_stop')
        }
      }
      return isClean
    },
  }
}
