import type { EntityRef } from '../../domain/event.ts'
import type { JsonObject } from '../json-body.ts'
import { idOf, objectOf, textOf } from '../json-field.ts'

/** By the first half of a topic, the type of the global ID that the body's object carries. */
const OBJECTS: ReadonlyMap<string, string> = new Map([
  ['collections', 'Collection'],
  ['customers', 'Customer'],
  ['draft_orders', 'DraftOrder'],
  ['fulfillments', 'Fulfillment'],
  ['inventory_items', 'InventoryItem'],
  ['inventory_levels', 'InventoryLevel'],
  ['locations', 'Location'],
  ['order_transactions', 'OrderTransaction'],
  ['orders', 'Order'],
  ['products', 'Product'],
  ['refunds', 'Refund'],
  ['themes', 'OnlineStoreTheme'],
  ['variants', 'ProductVariant'],
])
const LISTED = new Set(OBJECTS.values())

/**
 * A topic as the type of an event: a slash is what divides provider and type in a pattern. Of the newer events the topic is an object, and
 * what happened to it stands apart. Undefined where that is no topic.
 */
export function typeOf(topic: string, action?: string): string | undefined {
  if (action === undefined) return /^\w+([/.]\w+)*$/.test(topic) ? topic.replaceAll('/', '.') : undefined
  return [topic, action].every((part) => /^\w+$/.test(part)) ? `${topic}.${action}` : undefined
}

/** The topic of such a type. Topics about segments and tags are written with a dot. */
export const topicOf = (type: string): string => (type.startsWith('customer.') ? type : type.replace('.', '/'))

/** Whether the body can be of the topic: an object that names itself belongs under one family of topics only. */
export function fitsTopic(topic: string, body: JsonObject): boolean {
  const named = globalId(body)?.type
  // The newer topics name the object itself.
  const expected = OBJECTS.get(familyOf(topic)) ?? topic
  return named === undefined || named === expected || (!LISTED.has(named) && !LISTED.has(expected))
}

/** The object that the body is, or the customer whom a privacy request is about. */
export function entityOf(topic: string, body: JsonObject): EntityRef | undefined {
  const global = globalId(body)
  if (global !== undefined) return { kind: snakeCase(global.type), id: global.id }
  const type = OBJECTS.get(familyOf(topic))
  const id = idOf(body['id']) ?? idOf(objectOf(body['customer'])['id'])
  return type !== undefined && id !== undefined ? { kind: snakeCase(type), id } : undefined
}

const familyOf = (topic: string): string => topic.split(/[/.]/, 1)[0] ?? ''

/** `gid://shopify/Order/450789469`, sometimes with a query behind it. */
function globalId(body: JsonObject): { type: string; id: string } | undefined {
  const [, type, id] = /^gid:\/\/shopify\/(\w+)\/(\d+)/.exec(textOf(body['admin_graphql_api_id']) ?? '') ?? []
  return type !== undefined && id !== undefined ? { type, id } : undefined
}

const snakeCase = (name: string): string => name.replace(/(?<=.)[A-Z]/g, (letter) => `_${letter}`).toLowerCase()
