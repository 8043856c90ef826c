// One line each. An export's name is the activity type in Temporal, for ever.
import type { ActivityTypes } from 'posthorn/activity'

export { fetchIssue, queueForTriage } from './github/issues.ts'
export { fetchPushedCommit, recordPush } from './github/pushes.ts'
export { syncCustomer } from './stripe/customers.ts'
export { fetchInvoice, markOrderPaid } from './stripe/invoices.ts'
export { fetchCall, recordCall } from './team-connect/calls.ts'

declare module 'posthorn/workflow' {
  interface Register {
    activities: ActivityTypes<typeof import('./index.ts')>
  }
}
