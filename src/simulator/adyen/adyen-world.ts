import type { Provider } from '../../providers/provider.ts'
import { createEntityWorld, type Kind } from '../entity-world.ts'
import type { Random } from '../random.ts'
import type { Step } from '../step.ts'
import type { World } from '../world.ts'

/** Transfers of a platform. Adyen reads nothing back: what the webhooks say, in the order of their numbers, is the truth. */
export const createAdyenWorld = (provider: Provider, random: Random): World =>
  createEntityWorld(provider, random, {
    signsTime: false,
    kinds: { transfer },
    tell: ({ type, thing: { fields }, now }) => ({
      content: { data: fields, environment: 'test', timestamp: now.toISOString(), type },
    }),
  })

const become = (status: string): Step => ({
  type: 'balancePlatform.transfer.updated',
  changes: ({ sequenceNumber }) => ({ status, sequenceNumber: Number(sequenceNumber) + 1 }),
})

const transfer: Kind = {
  begin({ random, now }) {
    const id = random.token(16).toUpperCase()
    return {
      id,
      type: 'balancePlatform.transfer.created',
      fields: {
        id,
        balancePlatform: 'AcmePlatform',
        amount: { value: random.integer(1, 90) * 100, currency: 'EUR' },
        category: 'bank',
        creationDate: now.toISOString(),
        sequenceNumber: 1,
        status: 'received',
      },
    }
  },
  steps: {
    received: [become('authorised'), become('authorised'), become('refused')],
    authorised: [become('booked'), become('booked'), become('returned')],
  },
}
