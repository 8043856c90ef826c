import type { Provider } from '../../providers/provider.ts'
import { numberIn, ok, pageOf, route, shown } from '../answers.ts'
import { createEntityWorld, type Kind } from '../entity-world.ts'
import type { Random } from '../random.ts'
import { wholeSeconds } from '../sample.ts'
import type { Fields, Step } from '../step.ts'
import type { ApiReply, Change, World } from '../world.ts'

const EVENTS = '/v1/notifications/webhooks-events'

/** By kind: where it stands in the API, and what its types begin with. */
const PLACES: Readonly<Record<string, { path: string; prefix: string }>> = {
  capture: { path: '/v2/payments/captures', prefix: 'PAYMENT.CAPTURE' },
  'checkout-order': { path: '/v2/checkout/orders', prefix: 'CHECKOUT.ORDER' },
  subscription: { path: '/v1/billing/subscriptions', prefix: 'BILLING.SUBSCRIPTION' },
}

/** A merchant's app: orders are approved, payments captured and refunded, subscriptions begun and ended. */
export function createPaypalWorld(provider: Provider, random: Random): World {
  const reference = (): string => random.token(17).toUpperCase()
  const begin =
    (kind: string, name: string, status: string, own: () => Fields): Kind['begin'] =>
    ({ now }) => {
      const id = reference()
      return {
        id,
        type: `${PLACES[kind]?.prefix}.${name}`,
        fields: { id, status, ...own(), create_time: wholeSeconds(now) },
      }
    }
  const money = () => ({ currency_code: 'EUR', value: `${random.integer(1, 900)}.00` })

  return createEntityWorld(provider, random, {
    // It is good for days.
    signsTime: false,
    tokenPath: '/v1/oauth2/token',
    kinds: {
      capture: {
        ...capture,
        begin: begin('capture', 'PENDING', 'PENDING', () => ({ amount: money(), final_capture: true })),
      },
      'checkout-order': {
        ...order,
        begin: begin('checkout-order', 'APPROVED', 'APPROVED', () => ({
          intent: 'CAPTURE',
          purchase_units: [{ amount: money() }],
        })),
      },
      subscription: {
        ...subscription,
        begin: begin('subscription', 'CREATED', 'APPROVAL_PENDING', () => ({ plan_id: 'P-5ML4271244454362WXNWU5NQ' })),
      },
    },
    touch: (now) => ({ update_time: now.toISOString() }),
    tell: ({ type, thing: { kind, fields }, now }) => {
      const id = `WH-${reference()}-${reference()}`
      const content = {
        id,
        event_version: '1.0',
        create_time: now.toISOString(),
        resource_type: kind,
        resource_version: '2.0',
        event_type: type,
        summary: `A ${kind} is ${String(fields['status'])}`,
        resource: fields,
        links: [],
      }
      return { eventId: id, content }
    },
    read: (url, shelf) =>
      route(url, [
        [/\/v1\/notifications\/webhooks/, () => ok({ webhooks: [] })],
        [/\/v1\/billing\/plans/, () => ok({ plans: [] })],
        [/\/v1\/notifications\/webhooks-events/, () => listEvents(shelf.changes, url)],
        ...Object.entries(PLACES).map(
          ([kind, { path }]) => [new RegExp(`${path}/(\\w+)`), (id = '') => shown(shelf.find(kind, id))] as const,
        ),
      ]),
    post: ({ pathname }, _body, { changes }) => {
      const [, id] = new RegExp(`^${EVENTS}/([\\w-]+)/resend$`).exec(pathname) ?? []
      const change = changes.find(({ eventId }) => eventId === id)
      return change && { status: 202, body: JSON.parse(change.body.toString()) as unknown, resend: change }
    },
    explain: (status) => ({ name: 'REFUSED', message: `Answered ${status}.`, debug_id: 'b1d1f06c7246c' }),
  })
}

/** Newest first, within two times, with a link to the next page. */
function listEvents(changes: readonly Change[], { searchParams: query, href }: URL): ApiReply {
  const [from, to] = ['start_time', 'end_time'].map((name) => Date.parse(query.get(name) ?? ''))
  const within = changes.filter(
    ({ occurredAt }) => !(occurredAt.getTime() < Number(from)) && !(occurredAt.getTime() > Number(to)),
  )
  const { items, next } = pageOf(
    within.toReversed(),
    numberIn(query, 'next_page_token', 0),
    numberIn(query, 'page_size', 10, 300),
  )
  const link = new URL(href)
  link.searchParams.set('next_page_token', String(next))
  return ok({
    events: items.map(({ body }) => JSON.parse(body.toString()) as unknown),
    count: items.length,
    links: next === undefined ? [] : [{ rel: 'next', method: 'GET', href: link.href }],
  })
}

const become = (prefix: string, name: string, status = name): Step => ({
  type: `${prefix}.${name}`,
  changes: () => ({ status }),
})

const CAPTURE = 'PAYMENT.CAPTURE'
const capture: Omit<Kind, 'begin'> = {
  steps: {
    PENDING: [become(CAPTURE, 'COMPLETED'), become(CAPTURE, 'COMPLETED'), become(CAPTURE, 'DECLINED')],
    COMPLETED: [become(CAPTURE, 'REFUNDED')],
  },
}

const ORDER = 'CHECKOUT.ORDER'
const order: Omit<Kind, 'begin'> = { steps: { APPROVED: [become(ORDER, 'COMPLETED'), become(ORDER, 'VOIDED')] } }

const SUBSCRIPTION = 'BILLING.SUBSCRIPTION'
const subscription: Omit<Kind, 'begin'> = {
  steps: {
    APPROVAL_PENDING: [become(SUBSCRIPTION, 'ACTIVATED', 'ACTIVE')],
    ACTIVE: [become(SUBSCRIPTION, 'SUSPENDED'), become(SUBSCRIPTION, 'CANCELLED')],
    SUSPENDED: [become(SUBSCRIPTION, 'RE-ACTIVATED', 'ACTIVE')],
  },
}
