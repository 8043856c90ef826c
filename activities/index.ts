// One line each. An export's name is the activity type in Temporal, for ever.
import type { ActivityTypes } from 'posthorn/activity'

export { fetchIssue, queueForTriage } from './github/issues.ts'
export { recordDeployment, runStage } from './github/pipeline.ts'
export { fetchPushedCommit, recordPush } from './github/pushes.ts'
export { answerCommand, describeCall } from './slack/commands.ts'
export { indexArticle, purgeCache, readArticle } from './standard-webhooks/articles.ts'
export { countSignUp, createContact, deleteContact, readSignUp, sendWelcome } from './standard-webhooks/sign-ups.ts'
export { syncCustomer } from './stripe/customers.ts'
export { fetchInvoice, markOrderPaid } from './stripe/invoices.ts'
export { confirmOrder, fetchPayment, markOrderUnpaid, settleOrder } from './stripe/payments.ts'
export { syncSubscription } from './stripe/subscriptions.ts'
export { logAgentAction, raiseAgentError } from './team-connect/agent-log.ts'
export { queueCallback } from './team-connect/callbacks.ts'
export { fetchCall, recordCall } from './team-connect/calls.ts'
export { fetchLiveCall, fetchRecording, fetchTranscript } from './team-connect/live-calls.ts'
export {
  clearBounces,
  countBounce,
  countSent,
  optOut,
  queueMessage,
  reportDelivery,
  trackSms,
} from './team-connect/messages.ts'
export { archiveRecording, transcribe } from './team-connect/recordings.ts'
export { confirmMessage, promiseCallback } from './team-connect/replies.ts'
export { handOver, popScreen } from './team-connect/screen-pops.ts'
export { openSession } from './team-connect/sessions.ts'
export { closeCallFile, openTicket } from './team-connect/tickets.ts'
export { analyseTranscript, indexTranscript, keepTranscript, recordAnalysis } from './team-connect/transcripts.ts'

declare module 'posthorn/workflow' {
  interface Register {
    activities: ActivityTypes<typeof import('./index.ts')>
  }
}
