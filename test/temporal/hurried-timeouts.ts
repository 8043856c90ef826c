import type { WorkflowInterceptorsFactory } from '@temporalio/workflow'

/** Of an hour that an activity has with all its tries, two seconds are left: for parts that never end by themselves. */
export const interceptors: WorkflowInterceptorsFactory = () => ({
  outbound: [
    {
      scheduleActivity(input, next) {
        const { scheduleToCloseTimeout, ...options } = input.options
        const hurried = scheduleToCloseTimeout === '1 hour' && { scheduleToCloseTimeout: '2 seconds' as const }
        return next({ ...input, options: { ...options, ...hurried } })
      },
    },
  ],
})
