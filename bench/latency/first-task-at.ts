import type { WorkflowHandle } from '@temporalio/client'

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>

/** When a worker first took up the workflow, in ms since the epoch. */
export function firstTaskAt({ events }: History): number {
  const task = events?.find((event) => event.workflowTaskStartedEventAttributes)
  if (!task?.eventTime) throw new Error('no worker has taken up the workflow')
  return Number(task.eventTime.seconds) * 1_000 + (task.eventTime.nanos ?? 0) / 1e6
}
