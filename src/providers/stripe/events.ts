import { z, type ZodType } from 'zod'

const id = z.string().min(1)
/** An integer in the currency's smallest unit. */
const amount = z.int()
const currency = z.string().regex(/^[a-z]{3}$/)
/** An object's ID, or the object itself where the endpoint's version expands it. */
const reference = z.union([id, z.looseObject({ id })]).nullish()

const event = <Fields extends z.ZodRawShape>(object: string, fields: Fields) =>
  z.looseObject({
    id,
    object: z.literal('event'),
    type: id,
    created: z.int(),
    data: z.looseObject({ object: z.looseObject({ id, object: z.literal(object), ...fields }) }),
  })

const charge = event('charge', { amount, amount_refunded: amount, currency, paid: z.boolean(), status: id })
const checkoutSession = event('checkout.session', { mode: id, payment_status: id, customer: reference })
const customer = event('customer', { email: z.string().nullish() })
const dispute = event('dispute', { amount, currency, status: id, charge: reference })
const invoice = event('invoice', {
  amount_due: amount,
  amount_paid: amount,
  total: amount,
  currency,
  customer: reference,
  status: z.string().nullish(),
})
const paymentIntent = event('payment_intent', { amount, currency, status: id, customer: reference })
const payout = event('payout', { amount, currency, status: id })
const price = event('price', { active: z.boolean(), currency, product: reference })
const product = event('product', { active: z.boolean(), name: z.string() })
const refund = event('refund', { amount, currency, status: z.string().nullish() })
const subscription = event('subscription', { status: id, customer: reference })

/** By schema, the last part of the types it holds for, below one prefix. */
const FAMILIES: readonly (readonly [prefix: string, suffixes: string, schema: ZodType])[] = [
  ['charge', 'captured expired failed pending refunded succeeded updated', charge],
  ['charge.dispute', 'closed created funds_reinstated funds_withdrawn updated', dispute],
  ['charge.refund', 'updated', refund],
  ['checkout.session', 'async_payment_failed async_payment_succeeded completed expired', checkoutSession],
  ['customer', 'created deleted updated', customer],
  [
    'customer.subscription',
    'created deleted paused pending_update_applied pending_update_expired resumed trial_will_end updated',
    subscription,
  ],
  [
    'invoice',
    'created deleted finalization_failed finalized marked_uncollectible overdue paid payment_action_required ' +
      'payment_failed payment_succeeded sent updated voided will_be_due',
    invoice,
  ],
  [
    'payment_intent',
    'amount_capturable_updated canceled created partially_funded payment_failed processing requires_action succeeded',
    paymentIntent,
  ],
  ['payout', 'canceled created failed paid reconciliation_completed updated', payout],
  ['price', 'created deleted updated', price],
  ['product', 'created deleted updated', product],
  ['refund', 'created failed updated', refund],
]

export const schemas: Readonly<Record<string, ZodType>> = Object.fromEntries(
  FAMILIES.flatMap(([prefix, suffixes, schema]) =>
    suffixes.split(' ').map((suffix) => [`${prefix}.${suffix}`, schema]),
  ),
)
