import { type EventRef, activity } from 'posthorn/activity'
import { z } from 'zod'
import { stateOf } from '../canonical-state.ts'
import { MAIL_TERMS, createMailer } from '../outside/mailer.ts'
import { writeAmount } from './amounts.ts'

const Payment = z.object({
  id: z.string(),
  status: z.string(),
  amount_received: z.int(),
  currency: z.string(),
  receipt_email: z.string().nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
})

export interface Payment {
  id: string
  status: string
  order: string
  amount: number
  currency: string
  email: string | null
}

export const fetchPayment = activity(
  'providerRead',
  ({ canonical }) =>
    async (event: EventRef): Promise<Payment | undefined> => {
      const payment = stateOf(Payment, await canonical(event))
      if (payment === undefined) return undefined
      const { id, status, amount_received: amount, currency, receipt_email: email, metadata } = payment
      return { id, status, amount, currency, order: metadata?.['order_id'] ?? id, email: email ?? null }
    },
)

export const settleOrder = activity('local', ({ db }) => async (payment: Payment) => {
  await db.query(
    `insert into orders (order_id, status, payment_id, amount, currency) values ($1, 'paid', $2, $3, $4)
     on conflict (order_id) do update
     set status = 'paid', payment_id = excluded.payment_id, amount = excluded.amount, currency = excluded.currency`,
    [payment.order, payment.id, payment.amount, payment.currency],
  )
})

/** What is paid stays so: a failure that is reported late was of an earlier try. */
export const markOrderUnpaid = activity('local', ({ db }) => async ({ order, id, amount, currency }: Payment) => {
  await db.query(
    `insert into orders as known (order_id, status, payment_id, amount, currency) values ($1, 'unpaid', $2, $3, $4)
     on conflict (order_id) do update set status = 'unpaid', payment_id = excluded.payment_id where known.status <> 'paid'`,
    [order, id, amount, currency],
  )
})

/** Thanks for an order. False where there is nobody to write to, or no mail server to write by. */
export const confirmOrder = activity('write', ({ callOnce, settings }) => {
  const send = createMailer(settings)
  return async ({ order, amount, currency, email }: Payment) => {
    if (send === undefined || email === null) return false
    const text = `Thank you: we have received ${writeAmount(amount, currency)} for order ${order}.`
    const mail = { to: email, subject: `Your order ${order}`, text }
    await callOnce('confirm order', { discriminator: order, ...MAIL_TERMS }, (key) => send(mail, key))
    return true
  }
})
