import { type SampleBook, wholeSeconds } from '../sample.ts'

export const samples: SampleBook = {
  newId: (random) => `evt_${random.hex(20)}`,
  families: {
    payment: ({ id, now, random }, name) => ({
      id,
      type: `payment.${name}`,
      created_at: wholeSeconds(now),
      data: {
        payment_id: `pay_${random.hex(14)}`,
        amount: random.integer(1, 900) * 10,
        currency: 'USD',
        status: name,
      },
    }),
  },
}
