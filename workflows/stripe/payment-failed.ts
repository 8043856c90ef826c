import { activities, eventWorkflow, ignored, processed } from 'posthorn/workflow'

const { fetchPayment, markOrderUnpaid } = activities()

/** A payment failed: the order waits for another one, unless that has come in the meantime. */
export const stripePaymentFailed = eventWorkflow('stripe/payment_intent.payment_failed', async (event) => {
  const payment = await fetchPayment(event)
  if (payment?.status !== 'requires_payment_method') return ignored(`payment is ${payment?.status ?? 'gone'}`)
  await markOrderUnpaid(payment)
  return processed()
})
