import type { Provider } from '../../providers/provider.ts'
import { fieldsOf, numberIn, ok, pageOf, route, shown } from '../answers.ts'
import { createEntityWorld, type Kind, type Thing } from '../entity-world.ts'
import type { Random } from '../random.ts'
import type { Fields, Step } from '../step.ts'
import type { ApiReply, World } from '../world.ts'

const ACCOUNT = `AC${'0'.repeat(31)}1`
const PARTIES = { from: '+15017122661', to: '+15558675310' }
const ROOT = `/2010-04-01/Accounts/${ACCOUNT}`
const COLLECTIONS: Readonly<Record<string, string>> = { Calls: 'call', Messages: 'message' }

/** Twilio's API writes times as e-mails do. */
const apiTime = (at: Date): string => at.toUTCString().replace('GMT', '+0000')

/** An account: messages are sent, calls are made. Its callbacks are forms, and their fields are not those of the API. */
export const createTwilioWorld = (provider: Provider, random: Random): World =>
  createEntityWorld(provider, random, {
    signsTime: false,
    hookPath: ROOT,
    kinds: { message, call },
    touch: (now) => ({ date_updated: apiTime(now) }),
    tell: ({ thing, now }) => ({ content: new URLSearchParams({ AccountSid: ACCOUNT, ...callbackOf(thing, now) }) }),
    read: (url, shelf) =>
      route(url, [
        [
          new RegExp(`${ROOT}/(Calls|Messages)/(\\w+)\\.json`),
          (collection = '', sid = '') => shown(shelf.find(COLLECTIONS[collection] ?? '', `${ACCOUNT}/${sid}`)),
        ],
        [
          new RegExp(`${ROOT}/(Calls|Messages)\\.json`),
          (collection = '') => list(collection, shelf.of(COLLECTIONS[collection] ?? ''), url),
        ],
      ]),
    explain: (status) => ({ code: 20_000 + status, message: `Answered ${status}.`, status }),
  })

/** Newest first; the next page is a path. */
function list(collection: string, things: readonly Thing[], { pathname, searchParams }: URL): ApiReply {
  const size = numberIn(searchParams, 'PageSize', 50, 1000)
  const start = numberIn(searchParams, 'Start', 0)
  const { items, next } = pageOf(things.toReversed(), start, size)
  return ok({
    [collection.toLowerCase()]: fieldsOf(items),
    page_size: size,
    next_page_uri: next === undefined ? null : `${pathname}?PageSize=${size}&Start=${next}`,
  })
}

function callbackOf({ kind, fields }: Thing, now: Date): Record<string, string> {
  const [sid, status] = [String(fields['sid']), String(fields['status'])]
  const parties = { From: PARTIES.from, To: PARTIES.to, ApiVersion: '2010-04-01' }
  if (kind === 'message') return { MessageSid: sid, SmsSid: sid, MessageStatus: status, SmsStatus: status, ...parties }
  const counted = { SequenceNumber: String(fields['sequence']), Timestamp: apiTime(now) }
  return { CallSid: sid, CallStatus: status, CallbackSource: 'call-progress-events', ...counted, ...parties }
}

const newThing = (prefix: string, random: Random, now: Date, fields: Fields): { id: string; fields: Fields } => {
  const sid = prefix + random.hex(32)
  return {
    id: `${ACCOUNT}/${sid}`,
    fields: { sid, account_sid: ACCOUNT, ...PARTIES, date_created: apiTime(now), direction: 'outbound-api', ...fields },
  }
}

const become = (kind: string, status: string): Step => ({
  type: `${kind}.${status}`,
  changes: ({ sequence }) => ({ status, ...(sequence !== undefined && { sequence: Number(sequence) + 1 }) }),
})

const message: Kind = {
  begin: ({ now, random }) => ({
    ...newThing('SM', random, now, { status: 'queued', body: 'On my way.', error_code: null }),
    type: 'message.queued',
  }),
  steps: {
    queued: [become('message', 'sent')],
    sent: [become('message', 'delivered'), become('message', 'delivered'), become('message', 'undelivered')],
  },
}

const call: Kind = {
  begin: ({ now, random }) => ({
    ...newThing('CA', random, now, { status: 'initiated', duration: null, sequence: 0 }),
    type: 'call.initiated',
  }),
  steps: {
    initiated: [become('call', 'ringing')],
    ringing: [
      become('call', 'in-progress'),
      become('call', 'in-progress'),
      become('call', 'busy'),
      become('call', 'no-answer'),
    ],
    'in-progress': [become('call', 'completed')],
  },
}
