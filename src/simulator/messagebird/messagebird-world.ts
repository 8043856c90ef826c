import type { Provider } from '../../providers/provider.ts'
import { fieldsOf, numberIn, ok, pageOf, route, shown } from '../answers.ts'
import { createEntityWorld, type Kind } from '../entity-world.ts'
import type { Random } from '../random.ts'
import { wholeSeconds } from '../sample.ts'
import type { Fields, Step } from '../step.ts'
import type { World } from '../world.ts'

const RECIPIENT = '31612345678'

const time = (at: Date): string => wholeSeconds(at).replace('Z', '+00:00')

/** Text messages of the classic API, and the reports of what became of them. */
export const createMessagebirdWorld = (provider: Provider, random: Random): World =>
  createEntityWorld(provider, random, {
    signsTime: true,
    kinds: { message },
    tell: ({ thing: { id, fields }, now }) => ({
      content: new URLSearchParams({
        id,
        recipient: RECIPIENT,
        reference: String(fields['reference']),
        status: statusOf(fields),
        statusDatetime: time(now),
      }),
    }),
    read: (url, shelf) =>
      route(url, [
        [/\/messages\/(\w+)/, (id = '') => shown(shelf.find('message', id))],
        [
          /\/messages/,
          () => {
            const [limit, offset] = [
              numberIn(url.searchParams, 'limit', 20, 200),
              numberIn(url.searchParams, 'offset', 0),
            ]
            const all = shelf.of('message').toReversed()
            const { items } = pageOf(all, offset, limit)
            return ok({ offset, limit, count: items.length, totalCount: all.length, items: fieldsOf(items) })
          },
        ],
      ]),
    explain: (status) => ({ errors: [{ code: status, description: `Answered ${status}.`, parameter: null }] }),
  })

interface Recipients {
  items: { status: string }[]
}

const statusOf = (fields: Fields): string => (fields['recipients'] as Recipients).items[0]?.status ?? ''

const recipients = (status: string, now: Date): Fields => ({
  recipients: { totalCount: 1, items: [{ recipient: Number(RECIPIENT), status, statusDatetime: time(now) }] },
})

const become = (status: string): Step => ({
  type: `message.${status}`,
  changes: (_message, { now }) => recipients(status, now),
})

const message: Kind = {
  begin({ random, now }) {
    const id = random.hex(32)
    const fields = {
      id,
      direction: 'mt',
      type: 'sms',
      originator: 'Shop',
      body: 'On its way.',
      reference: `order-${random.digits(6)}`,
    }
    return { id, type: 'message.sent', fields: { ...fields, createdDatetime: time(now), ...recipients('sent', now) } }
  },
  stage: statusOf,
  steps: {
    sent: [become('buffered'), become('delivered'), become('delivery_failed')],
    buffered: [become('delivered'), become('expired')],
  },
}
