import type { Provider } from '../../providers/provider.ts'
import { numberIn, ok, pageOf, route, shown } from '../answers.ts'
import { type Attempt, createEntityWorld, type Kind } from '../entity-world.ts'
import type { Random } from '../random.ts'
import type { Step } from '../step.ts'
import type { ApiReply, World } from '../world.ts'

/** A messaging profile: messages come in, and go out until they are delivered or not. */
export function createTelnyxWorld(provider: Provider, random: Random): World {
  const world = createEntityWorld(provider, random, {
    signsTime: true,
    kinds: { message },
    tell: ({ type, thing: { fields }, now }) => {
      const id = random.uuid()
      const data = { record_type: 'event', event_type: type, id, occurred_at: now.toISOString(), payload: fields }
      return { eventId: id, content: { data, meta: { attempt: 1 } } }
    },
    read: (url, shelf) =>
      route(url, [
        [/\/v2\/messages\/([\w-]+)/, (id = '') => shown(shelf.find('message', id), (data) => ({ data }))],
        [/\/v2\/messaging_profiles/, () => ok({ data: [], meta: { total_pages: 1, total_results: 0 } })],
        [/\/v2\/webhook_deliveries/, () => listDeliveries(shelf.attempts, url.searchParams)],
      ]),
    explain: (status) => ({ errors: [{ code: '10000', title: `Answered ${status}` }] }),
  })
  // What is read of a message is its answer whole.
  return {
    ...world,
    truth: () =>
      world.truth().map(({ entity, state }) => ({ entity, state: state === undefined ? undefined : { data: state } })),
  }
}

/** One entry for each webhook, by the time of its first attempt. */
function listDeliveries(attempts: readonly Attempt[], query: URLSearchParams): ApiReply {
  const [from, to] = ['gte', 'lte'].map((name) => Date.parse(query.get(`filter[started_at][${name}]`) ?? ''))
  const first = new Map(attempts.toReversed().map((attempt) => [attempt.change, attempt]))
  const within = [...first.values()]
    .filter(({ at }) => !(at.getTime() < Number(from)) && !(at.getTime() > Number(to)))
    .toSorted((a, b) => a.at.getTime() - b.at.getTime())
  const [size, page] = [numberIn(query, 'page[size]', 20, 250), numberIn(query, 'page[number]', 1)]
  const { items } = pageOf(within, (page - 1) * size, size)
  const meta = {
    page_number: page,
    page_size: size,
    total_pages: Math.ceil(within.length / size),
    total_results: within.length,
  }
  return ok({ data: items.map(toDelivery), meta })
}

const toDelivery = ({ change: { body, eventId }, at }: Attempt): object => ({
  id: eventId,
  record_type: 'webhook_delivery',
  started_at: at.toISOString(),
  webhook: (JSON.parse(body.toString()) as { data: unknown }).data,
})

const reach = (type: string, status: string): Step => ({
  type,
  changes: ({ to }) => ({ to: (to as object[]).map((party) => ({ ...party, status })) }),
})

const statusOf = (to: unknown): unknown => (to as { status: string }[])[0]?.status

const message: Kind = {
  begin({ random, now }) {
    const id = random.uuid()
    const direction = random.pick(['inbound', 'outbound', 'outbound'])
    const status = direction === 'inbound' ? 'webhook_delivered' : 'sent'
    return {
      id,
      type: direction === 'inbound' ? 'message.received' : 'message.sent',
      fields: {
        id,
        record_type: 'message',
        direction,
        type: 'SMS',
        organization_id: '47a530f8-4362-4526-829b-bcee17fd9f7a',
        from: { phone_number: '+13125000000' },
        to: [{ phone_number: '+13125550100', status }],
        text: 'On my way.',
        received_at: now.toISOString(),
      },
    }
  },
  stage: ({ to }) => statusOf(to),
  steps: { sent: [reach('message.finalized', 'delivered'), reach('message.finalized', 'delivery_failed')] },
}
