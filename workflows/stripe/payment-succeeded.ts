import { activities, eventWorkflow, ignored, processed } from 'posthorn/workflow'

const { confirmOrder, fetchPayment, settleOrder } = activities()

/** A payment succeeded: settle the order, then thank for it. */
export const stripePaymentSucceeded = eventWorkflow('stripe/payment_intent.succeeded', async (event) => {
  const payment = await fetchPayment(event)
  if (payment?.status !== 'succeeded') return ignored(`payment is ${payment?.status ?? 'gone'}`)
  await settleOrder(payment)
  await confirmOrder(payment)
  return processed()
})
