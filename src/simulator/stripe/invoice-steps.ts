import type { Step, Steps } from '../step.ts'
import { type StripeObject, unixTime } from './stripe-objects.ts'

type InvoiceStep = Step<StripeObject>

const reached = (invoice: StripeObject, transition: string, at: Date): Record<string, unknown> => ({
  status_transitions: { ...(invoice['status_transitions'] as object), [transition]: unixTime(at) },
})

const finalize: InvoiceStep = {
  type: 'invoice.finalized',
  changes: (invoice, { now, random }) => ({
    ...reached(invoice, 'finalized_at', now),
    status: 'open',
    number: `${random.hex(8).toUpperCase()}-0001`,
    hosted_invoice_url: `https://invoice.stripe.com/i/acct_demo/test_${invoice.id}`,
    invoice_pdf: `https://pay.stripe.com/invoice/acct_demo/test_${invoice.id}/pdf`,
  }),
}

const pay: InvoiceStep = {
  type: 'invoice.paid',
  changes: (invoice, { now }) => ({
    ...reached(invoice, 'paid_at', now),
    status: 'paid',
    amount_paid: invoice['amount_due'],
    amount_remaining: 0,
    attempted: true,
    attempt_count: Number(invoice['attempt_count']) + 1,
    next_payment_attempt: null,
  }),
}

const THREE_DAYS_SECONDS = 3 * 24 * 3600

const refuse: InvoiceStep = {
  type: 'invoice.payment_failed',
  changes: (invoice, { now }) => ({
    attempted: true,
    attempt_count: Number(invoice['attempt_count']) + 1,
    next_payment_attempt: unixTime(now) + THREE_DAYS_SECONDS,
  }),
}

const annul: InvoiceStep = {
  type: 'invoice.voided',
  changes: (invoice, { now }) => ({
    ...reached(invoice, 'voided_at', now),
    status: 'void',
    next_payment_attempt: null,
  }),
}

/** Paid and void invoices are settled. */
export const INVOICE_STEPS: Steps<StripeObject> = {
  draft: [finalize],
  open: [pay, pay, pay, pay, refuse, annul],
}
