import { type Client, type ScheduleOptions, ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client'
import { SYSTEM_TASK_QUEUE } from './task-queues.ts'

/** A system workflow that runs again and again. */
export interface ScheduleSpec {
  /** `<what>/<of what>`; the runs are named after it, with the time behind. */
  id: string
  workflowType: string
  args: readonly unknown[]
  everyMs: number
  /** Each run starts up to so much late, so that schedules do not all fire at once. Milliseconds. */
  jitterMs: number
  /** After an outage, runs that are later than this are left out. Milliseconds. */
  catchupWindowMs: number
}

/**
 * Creates a schedule or brings it to its specification. An operator's pause, and the note that says why, survive. A run that is
 * due while the one before still goes is left out.
 */
export async function ensureSchedule(client: Client, spec: ScheduleSpec): Promise<'created' | 'updated'> {
  const options = scheduleOptions(spec)
  try {
    await client.schedule.create(options)
    return 'created'
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error
  }
  await client.schedule.getHandle(spec.id).update(({ state }) => ({ ...options, state }))
  return 'updated'
}

export interface EnsuredSchedules {
  created: string[]
  removed: string[]
}

/**
 * Brings all schedules of an installation to their specifications. Those whose ID begins with `owned` and that nobody specifies any
 * more are removed.
 */
export async function ensureSchedules(
  client: Client,
  specs: readonly ScheduleSpec[],
  owned: string,
): Promise<EnsuredSchedules> {
  const ensured: EnsuredSchedules = { created: [], removed: [] }
  for (const spec of specs) if ((await ensureSchedule(client, spec)) === 'created') ensured.created.push(spec.id)
  const wanted = new Set(specs.map(({ id }) => id))
  for await (const { scheduleId } of client.schedule.list()) {
    if (!scheduleId.startsWith(owned) || wanted.has(scheduleId)) continue
    await client.schedule.getHandle(scheduleId).delete()
    ensured.removed.push(scheduleId)
  }
  return ensured
}

function scheduleOptions({ id, workflowType, args, ...times }: ScheduleSpec): ScheduleOptions {
  return {
    scheduleId: id,
    spec: { intervals: [{ every: times.everyMs }], jitter: times.jitterMs },
    action: {
      type: 'startWorkflow',
      workflowType,
      args: [...args],
      workflowId: id,
      taskQueue: SYSTEM_TASK_QUEUE,
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: times.catchupWindowMs },
  }
}
