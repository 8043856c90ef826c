import { activity, type EventRef, ignored, processed } from 'posthorn/activity'
import { z } from 'zod'
import { stateOf } from '../canonical-state.ts'

const Customer = z.object({ email: z.string().nullish(), name: z.string().nullish() })

/** Brings our row to what Stripe says now. The version guard makes late and repeated runs harmless. */
export const syncCustomer = activity('providerRead', ({ canonical, db }) => async (event: EventRef) => {
  // A card, a discount or a tax ID of a customer has `customer.` before its name, too.
  if (event.entity?.kind !== 'customer') return ignored('not about the customer')
  const view = await canonical(event)
  const customer = stateOf(Customer, view)
  await db.query(
    `insert into customers as known (customer_id, email, name, is_deleted, version) values ($1, $2, $3, $4, $5)
     on conflict (customer_id) do update
     set email = excluded.email, name = excluded.name, is_deleted = excluded.is_deleted, version = excluded.version
     where known.version < excluded.version`,
    [event.entity.id, customer?.email ?? null, customer?.name ?? null, customer === undefined, view.version.toString()],
  )
  return processed()
})
