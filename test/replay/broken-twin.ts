import { activities, eventWorkflow, processed } from 'posthorn/workflow'

const { fetchInvoice, markOrderPaid } = activities()

/** The same name, other commands: it settles the order before it has asked. Recorded histories must refuse it. */
export const stripeInvoicePaid = eventWorkflow('stripe/invoice.paid', async (event) => {
  await markOrderPaid({ id: 'in_1', status: 'paid', amount_paid: 0, currency: 'eur' })
  await fetchInvoice(event)
  return processed()
})
