import type { SampleBook } from '../sample.ts'

/** The standard asks only for a type, a time and data; the ID stands in a header. */
export const samples: SampleBook = {
  newId: (random) => `msg_${random.token(27)}`,
  families: {
    '': ({ now, random }, type) => ({
      type,
      timestamp: now.toISOString(),
      sequence: 1,
      data: { id: `order_${random.token(12)}`, currency: 'EUR', total: random.integer(10, 900) * 100 },
    }),
  },
  also: ['order.created', 'order.confirmed', 'order.shipped', 'order.delivered', 'order.deleted'],
  open: [''],
}
