import { activities, eventWorkflow, ignored, processed } from 'posthorn/workflow'

const { fetchInvoice, markOrderPaid } = activities()

/** An invoice was paid: trust Stripe's present answer, not the message, then settle the order. */
export const stripeInvoicePaid = eventWorkflow('stripe/invoice.paid', async (event) => {
  const invoice = await fetchInvoice(event)
  if (invoice?.status !== 'paid') return ignored(`invoice is ${invoice?.status ?? 'gone'}`)
  await markOrderPaid(invoice)
  return processed()
})
