import { activity, type EventRef } from 'posthorn/activity'
import { z } from 'zod'
import { stateOf } from '../canonical-state.ts'

const Subscription = z.object({ customer: z.string(), status: z.string() })

/** Brings our row to what Stripe says now, guarded by the version. What is gone there has ended. */
export const syncSubscription = activity('providerRead', ({ canonical, db }) => async (event: EventRef) => {
  const view = await canonical(event)
  const subscription = stateOf(Subscription, view)
  await db.query(
    `insert into subscriptions as known (subscription_id, customer_id, status, version) values ($1, $2, $3, $4)
     on conflict (subscription_id) do update
     set customer_id = coalesce(excluded.customer_id, known.customer_id), status = excluded.status, version = excluded.version
     where known.version < excluded.version`,
    [event.entity?.id, subscription?.customer ?? null, subscription?.status ?? 'gone', view.version.toString()],
  )
})
