import { activity, type EventRef } from 'posthorn/activity'
import { z } from 'zod'
import { stateOf } from '../canonical-state.ts'

const Invoice = z.object({
  id: z.string(),
  status: z.string().nullable(),
  amount_paid: z.number().int(),
  currency: z.string(),
  metadata: z.record(z.string(), z.string()).nullish(),
})

export type Invoice = z.infer<typeof Invoice>

export const fetchInvoice = activity(
  'providerRead',
  ({ canonical }) =>
    async (event: EventRef) =>
      stateOf(Invoice, await canonical(event)),
)

/** Naturally idempotent: the invoice is the key, so a second run changes nothing. */
export const markOrderPaid = activity('local', ({ db }) => async (invoice: Invoice) => {
  await db.query(
    `insert into paid_orders (invoice_id, order_id, amount_paid, currency) values ($1, $2, $3, $4)
     on conflict (invoice_id) do nothing`,
    [invoice.id, invoice.metadata?.['order_id'] ?? invoice.id, invoice.amount_paid, invoice.currency],
  )
})
