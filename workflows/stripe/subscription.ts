import { eventActivity } from 'posthorn/workflow'

/** Anything about a subscription, its creation included: more specific than `stripe/customer.*`, and so not the customer's. */
export const stripeSubscription = eventActivity('stripe/customer.subscription.*', 'syncSubscription')
