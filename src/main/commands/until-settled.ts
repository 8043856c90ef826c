import { setTimeout as delay } from 'node:timers/promises'
import { countUnsettled } from '../../storage/after-restore.ts'
import type { Pool } from '../../storage/pool.ts'
import type { Environment } from '../settings.ts'
import { stepsOnTerminal } from './steps-on-terminal.ts'

const LOOK_EVERY_MS = 500

/**
 * Waits until all that has come so far, of one source or of all, has its outcome, or is known to be open in Temporal: what was brought
 * back after a restore has ended long ago, and nobody knows yet. What comes meanwhile is not waited for.
 */
export async function untilSettled(environment: Environment, pool: Pool, source: string | undefined): Promise<void> {
  const startedAt = performance.now()
  const count = () => countUnsettled(pool, { agoMs: performance.now() - startedAt, source })
  await stepsOnTerminal(environment).run({
    name: 'outcomes',
    work: async (say) => {
      for (let left = await count(); left.size > 0; left = await count()) {
        say(`waiting for runs that are queued, held or not yet compared with Temporal: ${named(left)}`)
        await delay(LOOK_EVERY_MS)
      }
    },
    result: () => 'all are known',
  })
}

const named = (runs: Map<string, number>): string =>
  [...runs].map(([source, count]) => `${count} of ${source}`).join(', ')
