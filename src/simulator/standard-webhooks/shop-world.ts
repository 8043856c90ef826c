import { standardWebhooks } from '../../providers/standard-webhooks/index.ts'
import type { Random } from '../random.ts'
import type { Fields, Step, Steps } from '../step.ts'
import type { Change, World } from '../world.ts'

interface Order extends Fields {
  id: string
}

const become = (status: string): Step => ({ type: `order.${status}`, changes: () => ({ status }) })

const STEPS: Steps = {
  created: [become('confirmed'), become('confirmed'), become('cancelled')],
  confirmed: [become('shipped')],
  shipped: [become('delivered'), become('delivered'), become('returned')],
}

/** A shop that speaks Standard Webhooks and has no API: what its bodies say, in the order of their sequence, is the truth. */
export function createShopWorld(random: Random): World {
  const orders = new Map<string, Order | undefined>()
  let sequence = 0

  function tell(type: string, order: Order, now: Date): Change {
    sequence += 1
    const event = { type, timestamp: now.toISOString(), sequence, data: order }
    return { eventId: `msg_${random.token(27)}`, type, occurredAt: now, body: Buffer.from(JSON.stringify(event)) }
  }

  function place(now: Date): Change {
    const order = newOrder(random, now)
    orders.set(order.id, order)
    return tell('order.created', order, now)
  }

  function advance(order: Order, now: Date): Change {
    const { type, changes } = random.pick(stepsOf(order))
    const advanced = { ...order, ...changes(order, { now, random }), updated_at: now.toISOString() }
    orders.set(order.id, advanced)
    return tell(type, advanced, now)
  }

  function erase(order: Order, now: Date): Change {
    orders.set(order.id, undefined)
    return tell('order.deleted', order, now)
  }

  return {
    provider: standardWebhooks,
    headers: { 'content-type': 'application/json', 'user-agent': 'shop-webhooks/2' },
    signsTime: true,
    redelivers: true,
    change(now) {
      const kept = [...orders.values()].filter((order) => order !== undefined)
      const open = kept.filter((order) => stepsOf(order).length > 0)
      if (open.length < 3 || random.chance(0.3)) return place(now)
      return random.chance(0.05) ? erase(random.pick(kept), now) : advance(random.pick(open), now)
    },
    read: () => undefined,
    explain: (status) => ({ message: `Answered ${status}.` }),
    truth: () => [...orders].map(([id, order]) => ({ entity: { kind: 'order', id }, state: order })),
  }
}

const stepsOf = (order: Order) => STEPS[String(order['status'])] ?? []

function newOrder(random: Random, now: Date): Order {
  const lines = Array.from({ length: random.integer(1, 3) }, () => ({
    sku: random.pick(['lamp-brass', 'chair-oak', 'rug-wool', 'desk-birch']),
    quantity: random.integer(1, 4),
    unit_price: random.integer(10, 300) * 100,
  }))
  return {
    id: `order_${random.token(12)}`,
    status: 'created',
    currency: 'EUR',
    lines,
    total: lines.reduce((sum, line) => sum + line.quantity * line.unit_price, 0),
    created_at: now.toISOString(),
    updated_at: now.toISOString(),
  }
}
