import { ApiError } from '../api.ts'
import { isJsonObject, type JsonObject } from '../json-body.ts'
import { dateOf, objectOf, textOf } from '../json-field.ts'
import type { EntityListing, ListedEntity } from '../provider.ts'
import { callMethod } from './web-api.ts'

interface Collection {
  method: string
  parameters: Readonly<Record<string, string>>
  /** Where the answer holds it. */
  member: string
  /** What tells that an entry has changed; lists show more of it than a single read, and less. */
  telling: readonly string[]
}

const COLLECTIONS: Readonly<Record<string, Collection>> = {
  channel: {
    method: 'conversations.list',
    parameters: { types: 'public_channel,private_channel' },
    member: 'channels',
    telling: ['id', 'name', 'is_archived', 'updated'],
  },
  user: {
    method: 'users.list',
    parameters: {},
    member: 'members',
    telling: ['id', 'name', 'deleted', 'updated'],
  },
}

/** Channels and users. Slack lists no events, and messages only channel by channel. */
export const entityListing: EntityListing = {
  kinds: Object.keys(COLLECTIONS),
  async page(api, { kind, cursor }) {
    const collection = Object.hasOwn(COLLECTIONS, kind) ? COLLECTIONS[kind] : undefined
    if (collection === undefined) throw new ApiError(`Slack lists no ${kind}`, { status: 400 })
    const { method, parameters, member, telling } = collection
    const place = cursor === undefined ? {} : { cursor }
    const answer = await callMethod(api, method, { ...parameters, limit: '200', ...place })
    const entries = answer?.[member]
    if (!Array.isArray(entries)) throw new ApiError(`${method} answered no list`)
    const next = textOf(objectOf(answer?.['response_metadata'])['next_cursor'])
    return {
      entities: entries.filter(isJsonObject).flatMap((entry) => toListedEntity(kind, entry, telling)),
      ...(next !== undefined && { next }),
    }
  },
}

function toListedEntity(kind: string, entry: JsonObject, telling: readonly string[]): ListedEntity[] {
  const id = textOf(entry['id'])
  const state = Object.fromEntries(telling.flatMap((name) => (name in entry ? [[name, entry[name]]] : [])))
  return id === undefined ? [] : [{ entity: { kind, id }, state, changedAt: dateOf(secondsOf(entry['updated'])) }]
}

/** Slack states when a user changed in seconds, and when a channel did in milliseconds. */
function secondsOf(updated: unknown): unknown {
  return typeof updated === 'number' && updated > 1e11 ? updated / 1000 : updated
}
