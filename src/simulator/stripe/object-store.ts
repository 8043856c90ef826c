import type { Random } from '../random.ts'
import type { Fields } from '../step.ts'
import type { Change, Truth } from '../world.ts'
import { newEvent, type NewEvent, type StripeObject } from './stripe-objects.ts'

export interface Update {
  type: string
  changes: Fields
}

/** The objects of an account as they are now, and every event that led there. Times are Unix seconds. */
export interface ObjectStore {
  /** Oldest first. */
  readonly events: readonly StripeObject[]
  /** Of one kind, without those that were deleted. */
  present(kind: string): StripeObject[]
  /** As the API shows them: of a deleted one, a stub. */
  all(): StripeObject[]
  create(object: StripeObject, now: number): Change
  update(object: StripeObject, now: number, update: Update): Change
  remove(object: StripeObject, now: number): Change
  truth(): Truth[]
}

export function createObjectStore(random: Random): ObjectStore {
  const objects = new Map<string, StripeObject>()
  const events: StripeObject[] = []

  function emit(what: NewEvent): Change {
    const event = newEvent(random, what)
    events.push(event)
    // Stripe indents what it sends.
    const body = Buffer.from(JSON.stringify(event, null, 2))
    return { eventId: event.id, type: what.type, occurredAt: new Date(what.created * 1000), body }
  }

  return {
    events,
    present: (kind) => [...objects.values()].filter((object) => object.object === kind && !isDeleted(object)),
    all: () => [...objects.values()],
    create(object, created) {
      objects.set(object.id, object)
      return emit({ type: `${object.object}.created`, object, created })
    },
    update(object, created, { type, changes }) {
      const updated = { ...object, ...changes }
      const previous = Object.fromEntries(Object.keys(changes).map((field) => [field, object[field]]))
      objects.set(object.id, updated)
      return emit({ type, object: updated, created, previous })
    },
    remove(object, created) {
      objects.set(object.id, { id: object.id, object: object.object, deleted: true })
      return emit({ type: `${object.object}.deleted`, object, created })
    },
    truth: () =>
      [...objects.values()].map((object) => ({
        entity: { kind: object.object, id: object.id },
        state: isDeleted(object) ? undefined : object,
      })),
  }
}

const isDeleted = (object: StripeObject): boolean => object['deleted'] === true
