import { z, type ZodType } from 'zod'

const id = z.string().min(1)
/** Decimal text, as PayPal writes amounts. */
const decimal = z.string().regex(/^-?\d+(\.\d+)?$/)
const money = z.looseObject({ currency_code: z.string().regex(/^[A-Z]{3}$/), value: decimal })

const event = <Resource extends z.ZodRawShape>(resource: Resource) =>
  z.looseObject({
    id,
    event_type: id,
    create_time: z.string(),
    resource_type: z.string().nullish(),
    resource: z.looseObject(resource),
  })

const payment = event({ id, status: id.nullish(), amount: money })
/** Of the first version of the API. */
const sale = event({ id, state: id.nullish(), amount: z.looseObject({ total: decimal, currency: z.string() }) })
const order = event({ id, status: id.nullish(), purchase_units: z.array(z.looseObject({})).nullish() })
const subscription = event({ id, status: id.nullish(), plan_id: id.nullish() })
const plan = event({ id, status: id.nullish(), product_id: id.nullish() })
const dispute = event({ dispute_id: id, status: id.nullish(), reason: z.string().nullish() })
const payout = event({ batch_header: z.looseObject({ payout_batch_id: id }) })
const payoutItem = event({ payout_item_id: id, transaction_status: z.string().nullish() })
const invoice = event({})

/** By schema, the last part of the types it holds for, below one prefix. */
const FAMILIES: readonly (readonly [prefix: string, suffixes: string, schema: ZodType])[] = [
  ['BILLING.PLAN', 'ACTIVATED CREATED DEACTIVATED UPDATED PRICING-CHANGE.ACTIVATED', plan],
  [
    'BILLING.SUBSCRIPTION',
    'ACTIVATED CANCELLED CREATED EXPIRED PAYMENT.FAILED RE-ACTIVATED SUSPENDED UPDATED',
    subscription,
  ],
  ['CHECKOUT.ORDER', 'APPROVED COMPLETED SAVED VOIDED', order],
  ['CUSTOMER.DISPUTE', 'CREATED RESOLVED UPDATED', dispute],
  ['INVOICING.INVOICE', 'CANCELLED CREATED PAID REFUNDED SCHEDULED UPDATED', invoice],
  ['PAYMENT.AUTHORIZATION', 'CREATED VOIDED', payment],
  ['PAYMENT.CAPTURE', 'COMPLETED DECLINED DENIED PENDING REFUNDED REVERSED', payment],
  ['PAYMENT.PAYOUTSBATCH', 'DENIED PROCESSING SUCCESS', payout],
  ['PAYMENT.PAYOUTS-ITEM', 'BLOCKED CANCELED DENIED FAILED HELD REFUNDED RETURNED SUCCEEDED UNCLAIMED', payoutItem],
  ['PAYMENT.SALE', 'COMPLETED DENIED PENDING REFUNDED REVERSED', sale],
]

export const schemas: Readonly<Record<string, ZodType>> = Object.fromEntries(
  FAMILIES.flatMap(([prefix, suffixes, schema]) =>
    suffixes.split(' ').map((suffix) => [`${prefix}.${suffix}`, schema]),
  ),
)
