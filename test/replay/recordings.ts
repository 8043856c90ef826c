import { ApplicationFailure } from '@temporalio/common'
import type { EventRef } from 'posthorn/workflow'
import { NOTHING, type ReconcileRequest } from '../../src/domain/reconciliation.ts'

type Fakes = Record<string, (...args: never[]) => Promise<unknown>>

/** One branch of one workflow: what its activities answer, and what the run is about. */
export interface Recording {
  name: string
  workflowType: string
  /** An event, or whatever a workflow of the engine's own is given. */
  event: EventRef | ReconcileRequest | string
  activities: Fakes
  /** It waits: wake it once it sleeps. */
  isWoken?: true
}

function eventRef(overrides: Partial<EventRef> & Pick<EventRef, 'provider' | 'type' | 'handler'>): EventRef {
  return {
    schemaVersion: 1,
    kit: 1,
    key: '00000000-0000-4000-8000-000000000001',
    source: overrides.provider,
    eventId: 'evt_recorded',
    attempt: 1,
    receivedAt: '2026-11-21T12:00:00.000Z',
    ...overrides,
  }
}

const invoicePaid = eventRef({
  provider: 'stripe',
  type: 'invoice.paid',
  handler: 'stripeInvoicePaid',
  entity: { kind: 'invoice', id: 'in_1' },
})
const paid = { id: 'in_1', status: 'paid', amount_paid: 1200, currency: 'eur' }
const nothing = async () => undefined

/** Fails with a retryable error until the second attempt. */
function atSecondTry<T>(value: T): () => Promise<T> {
  let tries = 0
  return async () => {
    tries += 1
    if (tries === 1) throw ApplicationFailure.create({ message: 'not yet', type: 'provider_error', nextRetryDelay: 50 })
    return value
  }
}

/** One answer after the other; the last one for good. */
function inTurn<T>(...answers: T[]): () => Promise<T> {
  let calls = 0
  return async () => answers[Math.min(calls++, answers.length - 1)] as T
}

/** Twice nothing, as of work that goes on. */
function atThirdCall<T>(value: T): () => Promise<T | undefined> {
  let calls = 0
  return async () => {
    calls += 1
    return calls < 3 ? undefined : value
  }
}

const callEvent = (type: string, handler: string): EventRef =>
  eventRef({ provider: 'team-connect', type, handler, entity: { kind: 'call', id: 'call_1' } })
const liveCall = { call_id: 'call_1', from: '+1' }
const callFile = { callId: 'call_1', customer: null, url: 'https://example.com/1' }
const smsEvent = (type: string, handler: string): EventRef =>
  eventRef({ provider: 'team-connect', type, handler, entity: { kind: 'sms', id: 'sms_1' } })
const deploying: Fakes = {
  fetchPushedCommit: async () => ({ repository: 'octo/repo', ref: 'heads/main', sha: 'abc', deploys: true }),
  recordPush: nothing,
  runStage: async () => 'passed',
  recordDeployment: nothing,
}
const signingUp: Fakes = {
  readSignUp: async () => ({ id: 'user_1', email: 'ada@example.com', name: 'Ada' }),
  createContact: nothing,
  sendWelcome: nothing,
  countSignUp: nothing,
  deleteContact: nothing,
}

/** Every branch that recorded histories stand for. Add to it; a recorded branch stays for as long as runs of it may be open. */
export const RECORDINGS: Recording[] = [
  {
    name: 'stripe-invoice-paid-processed',
    workflowType: 'stripeInvoicePaid',
    event: invoicePaid,
    activities: { fetchInvoice: async () => paid, markOrderPaid: nothing },
  },
  {
    name: 'stripe-invoice-paid-retried',
    workflowType: 'stripeInvoicePaid',
    event: invoicePaid,
    activities: { fetchInvoice: atSecondTry(paid), markOrderPaid: atSecondTry(undefined) },
  },
  {
    name: 'stripe-invoice-paid-ignored',
    workflowType: 'stripeInvoicePaid',
    event: invoicePaid,
    activities: { fetchInvoice: async () => ({ ...paid, status: 'void' }), markOrderPaid: nothing },
  },
  {
    name: 'stripe-invoice-paid-dead',
    workflowType: 'stripeInvoicePaid',
    event: invoicePaid,
    activities: {
      fetchInvoice: async () => {
        throw ApplicationFailure.nonRetryable('forbidden', 'provider_refused_403')
      },
      markOrderPaid: nothing,
    },
  },
  {
    name: 'stripe-customer-activity-route',
    workflowType: 'posthornActivity',
    event: eventRef({
      provider: 'stripe',
      type: 'customer.updated',
      handler: 'syncCustomer',
      entity: { kind: 'customer', id: 'cus_1' },
    }),
    activities: { syncCustomer: nothing },
  },
  {
    name: 'mirror-processed',
    workflowType: 'posthornMirror',
    event: eventRef({
      provider: 'stripe',
      type: 'customer.updated',
      handler: 'mirror',
      entity: { kind: 'customer', id: 'cus_1' },
    }),
    activities: { posthornMirrorEntity: async () => ({ state: 'processed' }) },
  },
  {
    name: 'github-issue-opened-processed',
    workflowType: 'githubIssueOpened',
    event: eventRef({ provider: 'github', type: 'issues.opened', handler: 'githubIssueOpened' }),
    activities: {
      fetchIssue: async () => ({ id: 'octo/repo#1', state: 'open', title: 'It broke', labels: [] }),
      queueForTriage: nothing,
    },
  },
  {
    name: 'github-push-processed',
    workflowType: 'githubPush',
    event: eventRef({ provider: 'github', type: 'push', handler: 'githubPush' }),
    activities: {
      fetchPushedCommit: async () => ({ repository: 'octo/repo', sha: 'abc', message: 'Mend it' }),
      recordPush: nothing,
    },
  },
  {
    name: 'team-connect-call-ended-processed',
    workflowType: 'teamConnectCallEnded',
    event: eventRef({ provider: 'team-connect', type: 'call.ended', handler: 'teamConnectCallEnded' }),
    activities: { fetchCall: async () => ({ call_id: 'call_1' }), recordCall: nothing },
  },
  {
    name: 'replay-many-done',
    workflowType: 'posthornReplayMany',
    event: '00000000-0000-4000-8000-000000000002',
    activities: { posthornAdvanceReplay: atThirdCall({ state: 'done', figures: {} }) },
  },
  {
    name: 'reconcile-done',
    workflowType: 'posthornReconcile',
    event: { source: 'stripe' },
    activities: {
      posthornPlanCoverage: nothing,
      posthornNextListing: inTurn('1', '2', null),
      posthornReadListing: inTurn(
        { finished: false, settleMs: 0 },
        { finished: true, settleMs: 50 },
        { finished: true, settleMs: 0 },
      ),
      posthornJudgeListing: async () => ({ ...NOTHING, listings: 1 }),
    },
  },
  {
    name: 'reconcile-refused',
    workflowType: 'posthornReconcile',
    event: { source: 'stripe' },
    activities: {
      posthornPlanCoverage: nothing,
      posthornNextListing: async () => '1',
      posthornReadListing: async () => {
        throw ApplicationFailure.nonRetryable('forbidden', 'provider_refused_403')
      },
      posthornRefuseListing: nothing,
    },
  },
  {
    name: 'absorb-done',
    workflowType: 'posthornAbsorb',
    event: 'sealed',
    activities: { posthornAdmitAbsorbed: atSecondTry(undefined) },
  },
  {
    name: 'retention-done',
    workflowType: 'posthornRetention',
    event: 'every hour',
    activities: {
      posthornRetainPartitions: nothing,
      posthornRetainPayloads: nothing,
      posthornRetainEvents: nothing,
    },
  },
  {
    name: 'team-connect-call-ended-waited',
    workflowType: 'teamConnectCallEnded',
    event: callEvent('call.ended', 'teamConnectCallEnded'),
    activities: {
      fetchCall: async () => ({ call_id: 'call_1', recording_status: 'pending' }),
      recordCall: nothing,
      posthornAwaitEvent: inTurn(null, callEvent('call.recording.completed', 'teamConnectCallEnded')),
      closeCallFile: nothing,
    },
    isWoken: true,
  },
  {
    name: 'team-connect-call-ended-found',
    workflowType: 'teamConnectCallEnded',
    event: callEvent('call.ended', 'teamConnectCallEnded'),
    activities: {
      fetchCall: async () => ({ call_id: 'call_1', recording_status: 'pending' }),
      recordCall: nothing,
      posthornAwaitEvent: async () => callEvent('call.recording.completed', 'teamConnectCallEnded'),
      closeCallFile: nothing,
    },
  },
  {
    name: 'github-push-deployed',
    workflowType: 'githubPush',
    event: eventRef({ provider: 'github', type: 'push', handler: 'githubPush' }),
    activities: {
      ...deploying,
      posthornAwaitApproval: inTurn(null, { answer: 'approved', by: 'ann', reason: 'it is time', at: '' }),
    },
    isWoken: true,
  },
  {
    name: 'github-push-unapproved',
    workflowType: 'githubPush',
    event: eventRef({ provider: 'github', type: 'push', handler: 'githubPush' }),
    activities: { ...deploying, posthornAwaitApproval: async () => ({ answer: 'timed_out' }) },
  },
  {
    name: 'user-signed-up-processed',
    workflowType: 'userSignedUp',
    event: eventRef({ provider: 'standard-webhooks', type: 'user.signed_up', handler: 'userSignedUp' }),
    activities: signingUp,
  },
  {
    name: 'user-signed-up-undone',
    workflowType: 'userSignedUp',
    event: eventRef({ provider: 'standard-webhooks', type: 'user.signed_up', handler: 'userSignedUp' }),
    activities: {
      ...signingUp,
      sendWelcome: async () => {
        throw ApplicationFailure.nonRetryable('no such mailbox', 'mail_refused')
      },
    },
  },
  {
    name: 'article-published-processed',
    workflowType: 'articlePublished',
    event: eventRef({ provider: 'standard-webhooks', type: 'article.published', handler: 'articlePublished' }),
    activities: {
      readArticle: async () => ({ id: 'a', path: '/a' }),
      purgeCache: async () => true,
      indexArticle: async () => true,
    },
  },
  {
    name: 'stripe-payment-succeeded-processed',
    workflowType: 'stripePaymentSucceeded',
    event: eventRef({ provider: 'stripe', type: 'payment_intent.succeeded', handler: 'stripePaymentSucceeded' }),
    activities: { fetchPayment: async () => ({ status: 'succeeded' }), settleOrder: nothing, confirmOrder: nothing },
  },
  {
    name: 'stripe-payment-failed-processed',
    workflowType: 'stripePaymentFailed',
    event: eventRef({ provider: 'stripe', type: 'payment_intent.payment_failed', handler: 'stripePaymentFailed' }),
    activities: { fetchPayment: async () => ({ status: 'requires_payment_method' }), markOrderUnpaid: nothing },
  },
  {
    name: 'slack-call-command-processed',
    workflowType: 'slackCallCommand',
    event: eventRef({ provider: 'slack', type: 'slash_command.call', handler: 'slackCallCommand' }),
    activities: { describeCall: async () => 'It took a minute.', answerCommand: nothing },
  },
  {
    name: 'team-connect-call-missed-processed',
    workflowType: 'teamConnectCallMissed',
    event: callEvent('call.missed', 'teamConnectCallMissed'),
    activities: { fetchLiveCall: async () => liveCall, queueCallback: nothing, promiseCallback: nothing },
  },
  {
    name: 'team-connect-call-voicemail-processed',
    workflowType: 'teamConnectCallVoicemail',
    event: callEvent('call.voicemail', 'teamConnectCallVoicemail'),
    activities: { fetchRecording: async () => callFile, transcribe: async () => 'Please call.', openTicket: nothing },
  },
  {
    name: 'team-connect-recording-completed-processed',
    workflowType: 'teamConnectRecordingCompleted',
    event: callEvent('call.recording.completed', 'teamConnectRecordingCompleted'),
    activities: {
      fetchRecording: async () => callFile,
      archiveRecording: async () => true,
      transcribe: async () => 'Good morning.',
      keepTranscript: nothing,
    },
  },
  {
    name: 'team-connect-transcript-completed-processed',
    workflowType: 'teamConnectTranscriptCompleted',
    event: callEvent('call.transcript.completed', 'teamConnectTranscriptCompleted'),
    activities: {
      fetchTranscript: async () => callFile,
      analyseTranscript: async () => ({ sentiment: 'neutral', summary: 'They greeted.' }),
      recordAnalysis: nothing,
      indexTranscript: async () => true,
    },
  },
  {
    name: 'team-connect-sms-received-opted-out',
    workflowType: 'teamConnectSmsReceived',
    event: eventRef({ provider: 'team-connect', type: 'sms.received', handler: 'teamConnectSmsReceived' }),
    activities: { trackSms: async () => ({ from: '+1', text: 'STOP' }), optOut: nothing },
  },
  {
    name: 'team-connect-sms-received-queued',
    workflowType: 'teamConnectSmsReceived',
    event: smsEvent('sms.received', 'teamConnectSmsReceived'),
    activities: {
      trackSms: async () => ({ sms_id: 'sms_1', from: '+1', text: 'Where are you?' }),
      queueMessage: nothing,
      confirmMessage: async () => true,
    },
  },
  {
    name: 'team-connect-sms-sent-processed',
    workflowType: 'teamConnectSmsSent',
    event: smsEvent('sms.sent', 'teamConnectSmsSent'),
    activities: { trackSms: async () => ({ sms_id: 'sms_1', to: '+1', status: 'sent' }), countSent: nothing },
  },
  {
    name: 'team-connect-sms-delivered-processed',
    workflowType: 'teamConnectSmsDelivered',
    event: smsEvent('sms.delivered', 'teamConnectSmsDelivered'),
    activities: {
      trackSms: async () => ({ sms_id: 'sms_1', to: '+1', status: 'delivered' }),
      clearBounces: nothing,
      reportDelivery: nothing,
    },
  },
  {
    name: 'team-connect-sms-failed-processed',
    workflowType: 'teamConnectSmsFailed',
    event: eventRef({ provider: 'team-connect', type: 'sms.failed', handler: 'teamConnectSmsFailed' }),
    activities: {
      trackSms: async () => ({ sms_id: 'sms_1', to: '+1', status: 'failed' }),
      countBounce: async () => 1,
      queueCallback: nothing,
    },
  },
]
