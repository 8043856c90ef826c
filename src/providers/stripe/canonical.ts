import { restReader, type EntityPaths } from '../rest-reader.ts'

/** Collections by the `object` field. Only what can be listed, too: the list is the probe. */
const COLLECTIONS = {
  account: 'accounts',
  'billing.meter': 'billing/meters',
  charge: 'charges',
  'checkout.session': 'checkout/sessions',
  coupon: 'coupons',
  credit_note: 'credit_notes',
  customer: 'customers',
  dispute: 'disputes',
  invoice: 'invoices',
  invoiceitem: 'invoiceitems',
  payment_intent: 'payment_intents',
  payment_link: 'payment_links',
  payment_method: 'payment_methods',
  payout: 'payouts',
  plan: 'plans',
  price: 'prices',
  product: 'products',
  promotion_code: 'promotion_codes',
  quote: 'quotes',
  refund: 'refunds',
  review: 'reviews',
  setup_intent: 'setup_intents',
  subscription: 'subscriptions',
  subscription_schedule: 'subscription_schedules',
  tax_rate: 'tax_rates',
  topup: 'topups',
  transfer: 'transfers',
} as const

const pathsIn = (collection: string) => {
  return (id: string): EntityPaths => ({
    read: `/v1/${collection}/${encodeURIComponent(id)}`,
    probe: `/v1/${collection}?limit=1`,
  })
}

/**
 * Sends no `Stripe-Version`: then the account's own version shapes what is read, as it shapes the webhooks, and a
 * release of Posthorn never changes a mirror. Add the header in an `authorize` of your own to pin one.
 */
export const canonical = restReader({
  baseUrl: 'https://api.stripe.com',
  authorize: (token) => ({ authorization: `Bearer ${token}` }),
  paths: Object.fromEntries(Object.entries(COLLECTIONS).map(([kind, collection]) => [kind, pathsIn(collection)])),
  accountHeaders: (account) => ({ 'stripe-account': account }),
  // A deleted customer is answered with 200 and a stub.
  isGone: (state) => state['deleted'] === true,
})
