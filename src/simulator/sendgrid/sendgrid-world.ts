import type { Provider } from '../../providers/provider.ts'
import { ok, route, shown } from '../answers.ts'
import { createEntityWorld, type Kind } from '../entity-world.ts'
import type { Random } from '../random.ts'
import { seconds } from '../sample.ts'
import type { Step } from '../step.ts'
import type { World } from '../world.ts'

/** Mail on its way: processed, delivered or bounced, opened and clicked. */
export const createSendgridWorld = (provider: Provider, random: Random): World =>
  createEntityWorld(provider, random, {
    // It is good for a day.
    signsTime: false,
    kinds: { message },
    touch: (now) => ({ last_event_time: now.toISOString() }),
    tell: ({ type, thing: { id, fields }, now }) => {
      const eventId = random.token(22)
      const event = {
        email: fields['to_email'],
        timestamp: seconds(now),
        event: type,
        sg_event_id: eventId,
        sg_message_id: id,
      }
      return { eventId, content: [{ ...event, ...(type === 'click' && { url: 'https://example.com/offers' }) }] }
    },
    read: (url, shelf) =>
      route(url, [
        [/\/v3\/messages\/(.+)/, (id = '') => shown(shelf.find('message', id))],
        [
          /\/v3\/messages/,
          () =>
            ok({
              messages: shelf
                .of('message')
                .map(({ fields }) => fields)
                .slice(0, 10),
            }),
        ],
      ]),
    explain: (status) => ({ errors: [{ message: `Answered ${status}.`, field: null, help: null }] }),
  })

const become = (type: string, status: string, counter?: 'opens_count' | 'clicks_count'): Step => ({
  type,
  changes: (message) => ({ status, ...(counter && { [counter]: Number(message[counter]) + 1 }) }),
})

const message: Kind = {
  begin({ random }) {
    const id = `${random.token(22)}.filter0001.16648.${random.hex(9).toUpperCase()}.0`
    const addresses = { from_email: 'shop@example.com', to_email: `ada.${random.hex(6)}@example.com` }
    const fields = {
      msg_id: id,
      ...addresses,
      subject: 'Your order',
      status: 'processed',
      opens_count: 0,
      clicks_count: 0,
    }
    return { id, type: 'processed', fields }
  },
  steps: {
    processed: [become('delivered', 'delivered'), become('delivered', 'delivered'), become('bounce', 'not_delivered')],
    delivered: [become('open', 'delivered', 'opens_count'), become('click', 'delivered', 'clicks_count')],
  },
}
