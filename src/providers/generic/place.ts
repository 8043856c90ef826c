import { isJsonObject, type JsonObject } from '../json-body.ts'
import type { WebhookRequest } from '../provider.ts'
import type { Place } from './scheme.ts'

const HEADER = 'header:'

export const isHeaderPlace = (place: Place): boolean => place.startsWith(HEADER)

/** Whether text is a place at all: what a person wrote into a configuration may be anything. */
export const isPlace = (text: string): text is Place => /^(header:[a-z0-9-]+|\/.*)$/s.test(text)

/** The first of the places that holds something. */
export function readPlaces(places: readonly Place[], request: WebhookRequest, body: JsonObject): unknown {
  for (const place of places) {
    const value = isHeaderPlace(place) ? request.headers[place.slice(HEADER.length)] : resolvePointer(body, place)
    if (value !== undefined && value !== null && value !== '') return value
  }
  return undefined
}

/** RFC 6901, own members only: a pointer must not reach what every object inherits. */
function resolvePointer(body: JsonObject, pointer: string): unknown {
  let value: unknown = body
  for (const token of pointer.slice(1).split('/')) {
    const name = token.replaceAll('~1', '/').replaceAll('~0', '~')
    if (Array.isArray(value)) value = /^(0|[1-9]\d*)$/.test(name) ? (value as unknown[])[Number(name)] : undefined
    else if (isJsonObject(value) && Object.hasOwn(value, name)) value = value[name]
    else return undefined
  }
  return value
}
