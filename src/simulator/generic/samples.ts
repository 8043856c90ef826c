import { type SampleBook, wholeSeconds } from '../sample.ts'

/** An envelope as most senders without a tradition of their own write it; their types are theirs. */
export const samples: SampleBook = {
  newId: (random) => `evt_${random.hex(20)}`,
  families: {
    '': ({ id, now, random }, type) => ({
      id,
      type,
      created_at: wholeSeconds(now),
      version: 1,
      data: { order_id: `order_${random.hex(10)}`, total: random.integer(10, 400) * 100, currency: 'EUR' },
    }),
  },
  also: ['order.created', 'order.updated', 'order.cancelled'],
  open: [''],
}
