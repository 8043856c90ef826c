import type { Provider } from '../providers/provider.ts'
import type { Random } from './random.ts'
import type { Fields, Steps } from './step.ts'
import type { ApiReply, Change, Truth, World } from './world.ts'

/** One thing that a provider keeps, as its API shows it. */
export interface Thing {
  kind: string
  /** What its entity is named by. */
  id: string
  fields: Fields
}

interface Moment {
  now: Date
  random: Random
}

/** What can happen to the things of one kind. */
export interface Kind {
  /** A new one comes into being. */
  begin(moment: Moment): { id: string; fields: Fields; type: string }
  steps: Steps
  /** What `steps` go by. Default: the field `status`. */
  stage?: (fields: Fields) => unknown
  /** The type of the event that tells of its end. Absent: nothing of this kind ever ends. */
  ends?: string
}

/** What has just happened. */
export interface Happening extends Moment {
  type: string
  /** As it is now. */
  thing: Thing
}

export interface Webhook {
  /** Absent: as the provider's own code reads it from the body. */
  eventId?: string
  /** Written as JSON, or as the form that it is. */
  content: object
}

/** What a world shows to its API. */
export interface Shelf {
  /** Those that are there, in the order of their coming. */
  of(kind: string): Thing[]
  find(kind: string, id: string): Thing | undefined
  /** Everything that happened, oldest first. */
  readonly changes: readonly Change[]
  /** Every attempt to tell of it, oldest first. */
  readonly attempts: readonly Attempt[]
}

export interface Attempt {
  change: Change
  /** Undefined when no answer came. */
  status: number | undefined
  at: Date
}

/** A provider in one table: what there is, what happens to it, and how webhooks and API speak of it. */
export interface EntityWorldSpec {
  headers?: Readonly<Record<string, string>>
  signsTime: boolean
  hookPath?: string
  tokenPath?: string
  kinds: Readonly<Record<string, Kind>>
  /** What every change leaves on a thing, such as its time. */
  touch?: (now: Date) => Fields
  tell(happening: Happening): Webhook
  read?: (url: URL, shelf: Shelf) => ApiReply | undefined
  post?: (url: URL, body: unknown, shelf: Shelf) => ReturnType<NonNullable<World['post']>>
  explain?: (status: number) => unknown
}

const FORM = 'application/x-www-form-urlencoded'

/** Things come, change by the steps of their kind, and end. */
export function createEntityWorld(provider: Provider, random: Random, spec: EntityWorldSpec): World {
  const things = new Map<string, { thing: Thing; isGone: boolean }>()
  const changes: Change[] = []
  const attempts: Attempt[] = []
  const present = (): Thing[] => [...things.values()].filter(({ isGone }) => !isGone).map(({ thing }) => thing)
  const shelf: Shelf = {
    of: (kind) => present().filter((thing) => thing.kind === kind),
    find: (kind, id) => present().find((thing) => thing.kind === kind && thing.id === id),
    changes,
    attempts,
  }

  function tell(thing: Thing, type: string, now: Date, isGone = false): Change {
    things.set(`${thing.kind} ${thing.id}`, { thing, isGone })
    const { eventId, content } = spec.tell({ type, thing, now, random })
    const isForm = content instanceof URLSearchParams
    const body = Buffer.from(isForm ? content.toString() : JSON.stringify(content))
    const change: Change = {
      eventId: eventId ?? readId(provider, body),
      type,
      kind: thing.kind,
      occurredAt: now,
      body,
      ...(isForm && { contentType: FORM }),
    }
    changes.push(change)
    return change
  }

  const touched = (fields: Fields, now: Date): Fields => ({ ...fields, ...spec.touch?.(now) })

  function begin(now: Date): Change {
    const kind = random.pick(Object.keys(spec.kinds))
    const { id, fields, type } = kindOf(spec, kind).begin({ now, random })
    return tell({ kind, id, fields: touched(fields, now) }, type, now)
  }

  function advance(thing: Thing, now: Date): Change {
    const { type, changes: changed } = random.pick(stepsOf(spec, thing))
    const fields = { ...thing.fields, ...changed(thing.fields, { now, random }) }
    return tell({ ...thing, fields: touched(fields, now) }, type, now)
  }

  return {
    provider,
    headers: { 'content-type': 'application/json', ...spec.headers },
    signsTime: spec.signsTime,
    redelivers: provider.delivery?.retryAfterSeconds?.length !== 0,
    ...(spec.hookPath !== undefined && { hookPath: spec.hookPath }),
    ...(spec.tokenPath !== undefined && { tokenPath: spec.tokenPath }),
    change(now) {
      const open = present().filter((thing) => stepsOf(spec, thing).length > 0)
      if (open.length < 4 || random.chance(0.3)) return begin(now)
      const ending = random.pick(open)
      const { ends } = kindOf(spec, ending.kind)
      return ends !== undefined && random.chance(0.1) ? tell(ending, ends, now, true) : advance(random.pick(open), now)
    },
    read: (url) => spec.read?.(url, shelf),
    post: (url, body) => spec.post?.(url, body, shelf),
    explain: (status) => spec.explain?.(status) ?? { error: { message: `Answered ${status}.` } },
    delivered: (change, status, at) => void attempts.push({ change, status, at }),
    truth: (): Truth[] =>
      [...things.values()].map(({ thing: { kind, id, fields }, isGone }) => ({
        entity: { kind, id },
        state: isGone ? undefined : fields,
      })),
  }
}

function kindOf({ kinds }: EntityWorldSpec, name: string): Kind {
  const kind = kinds[name]
  if (kind === undefined) throw new Error(`no kind ${name}`)
  return kind
}

const statusOf = ({ status }: Fields): unknown => status

function stepsOf(spec: EntityWorldSpec, { kind: name, fields }: Thing): Steps[string] {
  const { steps, stage = statusOf } = kindOf(spec, name)
  return steps[String(stage(fields))] ?? []
}

function readId(provider: Provider, body: Buffer): string {
  const [event] = provider.identify({ method: 'POST', url: '', headers: {}, body })
  if (event?.id === undefined) throw new Error(`an event of ${provider.name} states no ID`)
  return event.id
}
