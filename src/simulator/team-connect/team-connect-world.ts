import { teamConnect } from '../../providers/team-connect/index.ts'
import type { Random } from '../random.ts'
import type { Fields, Steps } from '../step.ts'
import type { ApiReply, Change, World } from '../world.ts'
import { CALL_STEPS, SMS_STEPS } from './call-steps.ts'

interface Thing {
  kind: 'call' | 'sms'
  id: string
  fields: Fields
}

const STEPS: Record<Thing['kind'], Steps> = { call: CALL_STEPS, sms: SMS_STEPS }
const COLLECTIONS: Readonly<Record<string, Thing['kind']>> = { calls: 'call', sms: 'sms' }

/** A telephone exchange: calls ring, are answered or missed, end and are written up; text messages come and go. */
export function createTeamConnectWorld(random: Random): World {
  const things = new Map<string, Thing>()

  function tell(type: string, { fields, ...thing }: Thing, now: Date): Change {
    const changed = { ...fields, updated_at: now.toISOString() }
    things.set(thing.id, { ...thing, fields: changed })
    const event = {
      id: `evt_${random.hex(32)}`,
      type,
      created_at: now.toISOString(),
      api_version: '2026-04-01',
      data: changed,
    }
    return { eventId: event.id, type, occurredAt: now, body: Buffer.from(JSON.stringify(event)) }
  }

  function begin(now: Date): Change {
    if (random.chance(0.7)) return tell('call.started', newCall(random, now), now)
    const direction = random.pick(['inbound', 'outbound'])
    const sms = newSms(random, direction)
    return direction === 'inbound' ? tell('sms.received', sms, now) : step(sms, now)
  }

  function step(thing: Thing, now: Date): Change {
    const { type, changes } = random.pick(stepsOf(thing))
    return tell(type, { ...thing, fields: { ...thing.fields, ...changes(thing.fields, { now, random }) } }, now)
  }

  return {
    provider: teamConnect,
    headers: { 'content-type': 'application/json' },
    signsTime: true,
    redelivers: true,
    change(now) {
      const open = [...things.values()].filter((thing) => stepsOf(thing).length > 0)
      return open.length < 3 || random.chance(0.25) ? begin(now) : step(random.pick(open), now)
    },
    read({ pathname, searchParams }) {
      const [, collection = '', id] = /^\/v1\/(calls|sms|agents)(?:\/(\w+))?$/.exec(pathname) ?? []
      if (collection === '') return undefined
      if (id === undefined) return list([...things.values()], COLLECTIONS[collection], searchParams)
      const thing = things.get(id)
      return thing && thing.kind === COLLECTIONS[collection] ? { status: 200, body: thing.fields } : undefined
    },
    explain: (status) => ({ error: `Answered ${status}.` }),
    truth: () => [...things.values()].map(({ kind, id, fields }) => ({ entity: { kind, id }, state: fields })),
  }
}

const stepsOf = ({ kind, fields }: Thing) => STEPS[kind][String(fields['status'])] ?? []

function list(things: readonly Thing[], kind: Thing['kind'] | undefined, query: URLSearchParams): ApiReply {
  const ofKind = things.filter((thing) => thing.kind === kind)
  // Without a cursor findIndex gives -1, and the page starts with the first.
  const start = ofKind.findIndex(({ id }) => id === query.get('after')) + 1
  const end = start + Math.min(Number(query.get('limit') ?? 50), 100)
  const data = ofKind.slice(start, end).map(({ fields }) => fields)
  return { status: 200, body: { data, has_more: end < ofKind.length } }
}

function newCall(random: Random, now: Date): Thing {
  const id = `call_${random.token(11).toLowerCase()}`
  const fields = {
    call_id: id,
    customer_id: `customer_${random.integer(1, 40)}`,
    direction: random.pick(['inbound', 'outbound']),
    status: 'ringing',
    from: phoneNumber(random),
    to: phoneNumber(random),
    started_at: now.toISOString(),
    completed_at: null,
    duration_seconds: null,
    recording_url: null,
  }
  return { kind: 'call', id, fields }
}

function newSms(random: Random, direction: string): Thing {
  const id = `sms_${random.token(11).toLowerCase()}`
  const fields = {
    sms_id: id,
    direction,
    status: direction === 'inbound' ? 'received' : 'queued',
    from: phoneNumber(random),
    to: phoneNumber(random),
    text: random.pick(['On my way.', 'Can we move it to four?', 'Thank you!']),
  }
  return { kind: 'sms', id, fields }
}

/** In the range that the British regulator keeps free for drama. */
const phoneNumber = (random: Random): string => `+441632960${random.digits(3)}`
