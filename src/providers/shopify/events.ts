import { z, type ZodType } from 'zod'

const id = z.number().positive()
/** Decimal text, as Shopify writes amounts. */
const amount = z.string().regex(/^-?\d+(\.\d+)?$/)
const time = z.iso.datetime({ offset: true })

const resource = z.looseObject({ id, admin_graphql_api_id: z.string().nullish() })
const gone = z.looseObject({ id })

const order = resource.extend({
  name: z.string().nullish(),
  currency: z.string(),
  total_price: amount,
  financial_status: z.string().nullish(),
  fulfillment_status: z.string().nullish(),
  line_items: z.array(z.looseObject({ id })),
  updated_at: time.nullish(),
})
const product = resource.extend({
  title: z.string(),
  status: z.string().nullish(),
  variants: z.array(z.looseObject({ id })).nullish(),
})
const customer = resource.extend({ email: z.string().nullish(), updated_at: time.nullish() })
const refund = resource.extend({ order_id: id, refund_line_items: z.array(z.looseObject({ id })).nullish() })
const fulfillment = resource.extend({ order_id: id, status: z.string().nullish() })
const draftOrder = resource.extend({ status: z.string(), total_price: amount })
const shop = z.looseObject({ id, myshopify_domain: z.string() })
const privacy = z.looseObject({ shop_id: id, shop_domain: z.string() })
const customerPrivacy = privacy.extend({ customer: z.looseObject({ id }) })

/** By topic family, the actions and their schema. */
const TOPICS: readonly (readonly [family: string, actions: string, schema: ZodType])[] = [
  ['app', 'uninstalled', shop],
  ['customers', 'create disable enable update', customer],
  ['customers', 'data_request redact', customerPrivacy],
  ['customers', 'delete', gone],
  ['draft_orders', 'create update', draftOrder],
  ['draft_orders', 'delete', gone],
  ['fulfillments', 'create update', fulfillment],
  ['orders', 'cancelled create fulfilled paid partially_fulfilled updated', order],
  ['orders', 'delete', gone],
  ['products', 'create update', product],
  ['products', 'delete', gone],
  ['refunds', 'create', refund],
  ['shop', 'update', shop],
  ['shop', 'redact', privacy],
]

export const schemas: Readonly<Record<string, ZodType>> = Object.fromEntries(
  TOPICS.flatMap(([family, actions, schema]) => actions.split(' ').map((action) => [`${family}.${action}`, schema])),
)
