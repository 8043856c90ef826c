import type { Provider } from '../../providers/provider.ts'
import { fieldsOf, numberIn, ok, pageOf, route, shown } from '../answers.ts'
import { createEntityWorld, type Kind } from '../entity-world.ts'
import type { Random } from '../random.ts'
import type { Step } from '../step.ts'
import type { World } from '../world.ts'

/** Calls: they begin, ring, are answered or not, and end. */
export const createVonageWorld = (provider: Provider, random: Random): World =>
  createEntityWorld(provider, random, {
    signsTime: true,
    kinds: { call },
    tell: ({ thing: { fields }, now }) => ({
      content: {
        from: '442079460000',
        to: '447700900000',
        uuid: fields['uuid'],
        conversation_uuid: fields['conversation_uuid'],
        status: fields['status'],
        direction: fields['direction'],
        timestamp: now.toISOString(),
        ...(fields['status'] === 'completed' && { duration: fields['duration'] }),
      },
    }),
    read: (url, shelf) =>
      route(url, [
        [/\/v1\/calls\/([\w-]+)/, (id = '') => shown(shelf.find('call', id))],
        [
          /\/v1\/calls/,
          () => {
            const [size, start] = [
              numberIn(url.searchParams, 'page_size', 10, 100),
              numberIn(url.searchParams, 'record_index', 0),
            ]
            const all = shelf.of('call').toReversed()
            const { items } = pageOf(all, start, size)
            return ok({
              count: all.length,
              page_size: size,
              record_index: start,
              _embedded: { calls: fieldsOf(items) },
            })
          },
        ],
      ]),
    explain: (status) => ({ type: 'https://developer.vonage.com/api-errors', title: `Answered ${status}` }),
  })

const become = (status: string, changes: Step['changes'] = () => ({})): Step => ({
  type: `call.${status}`,
  changes: (thing, moment) => ({ status, ...changes(thing, moment) }),
})

const call: Kind = {
  begin({ random, now }) {
    const uuid = random.uuid()
    const fields = {
      uuid,
      conversation_uuid: `CON-${random.uuid()}`,
      status: 'started',
      direction: 'outbound',
      start_time: now.toISOString(),
    }
    return { id: uuid, type: 'call.started', fields }
  },
  steps: {
    started: [become('ringing')],
    ringing: [become('answered'), become('answered'), become('busy'), become('unanswered')],
    answered: [
      become('completed', (_call, { random, now }) => ({
        duration: String(random.integer(2, 900)),
        end_time: now.toISOString(),
      })),
    ],
  },
}
