import { eventActivity } from 'posthorn/workflow'

/** Anything about a customer: bring our row to what Stripe says now. One activity needs no workflow code. */
export const stripeCustomer = eventActivity('stripe/customer.*', 'syncCustomer')
