import type { Info } from '@temporalio/activity'
import { type Headers, defaultPayloadConverter } from '@temporalio/common'
import { LONGEST_LOCAL_WAIT_MS } from '../kit/activity-policy.ts'
import type { Tries } from './activity-tries.ts'
import { RESUMED_HEADER, type ResumedHeader } from './run-header.ts'

/** Of local activities. They have no heartbeats; but from one timer to the next all their attempts are made in one process. */
export interface LocalTries {
  of(info: Info, headers: Headers): Tries
}

interface Waited {
  waits: number
  /** The last one that waited. */
  attempt: number
}

export function createLocalTries(): LocalTries {
  const waited = new Map<string, Waited>()

  /** A run that is taken up anew begins anew: its attempts are numbered from where they began. */
  function waitsBefore(name: string, attempt: number): number {
    const known = waited.get(name)
    return known === undefined || known.attempt >= attempt ? 0 : known.waits
  }

  return {
    of({ workflowExecution, activityId, attempt, scheduledTimestampMs }, headers) {
      const name = `${workflowExecution?.runId}/${activityId}`
      const waits = waitsBefore(name, attempt)
      const resumed = resumption(headers) ?? { scheduledMs: scheduledTimestampMs, attempt: 1 }
      return {
        counted: attempt - resumed.attempt + 1 - waits,
        waits,
        scheduledMs: resumed.scheduledMs,
        noteWait(delayMs) {
          // After a timer it has another ID.
          if (delayMs > LONGEST_LOCAL_WAIT_MS) waited.delete(name)
          else waited.set(name, { waits: waits + 1, attempt })
        },
        forget: () => void waited.delete(name),
      }
    },
  }
}

function resumption({ [RESUMED_HEADER]: header }: Headers): ResumedHeader | undefined {
  return header === undefined ? undefined : defaultPayloadConverter.fromPayload<ResumedHeader>(header)
}
