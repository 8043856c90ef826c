import { type SampleBook, wholeSeconds } from '../sample.ts'

export const samples: SampleBook = {
  newId: (random) => `evt_${random.hex(16)}`,
  families: {
    case: ({ id, now, random }, name) => ({
      event_id: id,
      event_type: `case.${name}`,
      timestamp: wholeSeconds(now),
      data: {
        case_id: `case_${random.hex(8)}`,
        created_by: `user_${random.integer(1, 40)}`,
        priority: random.pick(['low', 'medium', 'high', 'critical']),
      },
    }),
  },
}
