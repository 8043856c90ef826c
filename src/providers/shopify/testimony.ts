import type { JsonObject } from '../json-body.ts'
import { dateOf, textOf } from '../json-field.ts'

/** What a body says of the topic that a header claims for it: true bears it out, false denies it, undefined is silence. */
type Testimony = (body: JsonObject) => boolean | undefined

/** From then on an object is not new any more, whatever came late. */
const NEW_FOR_MS = 3_600_000

/** Whether the body is of an object as it was made; undefined where it does not say when it was made and changed. */
function isNew(body: JsonObject): boolean | undefined {
  const [made, changed] = ['created_at', 'updated_at'].map((name) => dateOf(textOf(body[name]))?.getTime())
  return made === undefined || changed === undefined ? undefined : changed - made <= NEW_FOR_MS
}

const states =
  (name: string, isMeant: (value: unknown) => boolean): Testimony =>
  (body) =>
    Object.hasOwn(body, name) ? isMeant(body[name]) : undefined
const says = (name: string, meant: string): Testimony => states(name, (value) => value === meant)

/** A new object is made and changed in the very same bytes; an old one is changed only. */
const changed: Testimony = (body) => (isNew(body) === true ? true : undefined)
const made: Testimony = (body) => (isNew(body) === false ? false : undefined)
/** Of what was deleted little more than its ID is left. */
const deleted: Testimony = (body) => (textOf(body['created_at']) === undefined ? undefined : false)

const TESTIMONIES: ReadonlyMap<string, Testimony> = new Map([
  // The shop's own data, whatever happened: nothing in it tells, and one that is lost is not found again.
  ['app.uninstalled', () => true],
  // What the state of an account means has changed before, so that it denies nothing.
  ['customers.disable', (body) => body['state'] === 'disabled' || undefined],
  ['customers.enable', (body) => body['state'] === 'enabled' || undefined],
  ['orders.cancelled', states('cancelled_at', (value) => textOf(value) !== undefined)],
  ['orders.fulfilled', says('fulfillment_status', 'fulfilled')],
  ['orders.paid', says('financial_status', 'paid')],
  ['orders.partially_fulfilled', says('fulfillment_status', 'partial')],
  ...['customers', 'draft_orders', 'orders', 'products'].flatMap((family): [string, Testimony][] => [
    [`${family}.create`, made],
    [`${family}.delete`, deleted],
  ]),
])

/** Whether the body bears an event type out or denies it; undefined for most, which no body can tell from others. */
export function testifies(type: string, body: JsonObject): boolean | undefined {
  const testimony = TESTIMONIES.get(type) ?? (/\.updated?$/.test(type) ? changed : undefined)
  return testimony?.(body)
}
