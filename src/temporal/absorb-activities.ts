import { Context } from '@temporalio/activity'
import { ApplicationFailure } from '@temporalio/common'
import type { Keyring } from '../sealing/keyring.ts'
import { createInbox } from '../storage/inbox.ts'
import { unpackEvent } from '../storage/packed-event.ts'
import type { Pool } from '../storage/pool.ts'
import { createWakeUp } from '../storage/wake-up.ts'
import { ABSORBED } from './absorb-event.ts'

export interface AbsorbActivities {
  /** `absorbedAt` by Temporal's clock, as ISO 8601; an older run states none. */
  posthornAdmitAbsorbed(sealed: Uint8Array, absorbedAt?: string): Promise<void>
}

const FIRST_RETRY_MS = 1_000
const LAST_RETRY_MS = 15_000

/** The way of absorbed events into the inbox. Without a keyring they wait for a worker that has the key. */
export function createAbsorbActivities({ pool, keyring }: { pool: Pool; keyring?: Keyring }): AbsorbActivities {
  const inbox = createInbox({ pool, onCommitted: createWakeUp(pool) })
  return {
    async posthornAdmitAbsorbed(sealed, absorbedAt) {
      try {
        if (keyring === undefined) throw new Error('POSTHORN_CODEC_KEY is not set on this worker')
        const event = unpackEvent(keyring.open(sealed, ABSORBED))
        await inbox.accept({ ...(absorbedAt !== undefined && { receivedAt: new Date(absorbedAt) }), ...event })
      } catch (error) {
        throw ApplicationFailure.create({
          type: 'not_admitted_yet',
          message: (error as Error).message,
          // Says that this is waiting, and no attempt that failed.
          nextRetryDelay: retryDelay(Context.current().info.attempt),
        })
      }
    },
  }
}

/** Doubling, and never quite the same for two events: the outage has gathered many. Milliseconds. */
function retryDelay(attempt: number): number {
  const delay = Math.min(FIRST_RETRY_MS * 2 ** Math.min(attempt - 1, 10), LAST_RETRY_MS)
  return delay / 2 + (Math.random() * delay) / 2
}
