import type { WorkflowInterceptorsFactory } from '@temporalio/workflow'

/** Of the hour that the part which never ends by itself has with all its tries, two seconds are left. */
export const interceptors: WorkflowInterceptorsFactory = () => ({
  outbound: [
    {
      scheduleActivity(input, next) {
        const { activityType, options } = input
        const isEndless = activityType === 'posthornRetainPayloads' && options.scheduleToCloseTimeout === '1 hour'
        const hurried = isEndless && { scheduleToCloseTimeout: '2 seconds' as const }
        return next({ ...input, options: { ...options, ...hurried } })
      },
    },
  ],
})
