import type { JsonObject } from '../json-body.ts'
import { textOf } from '../json-field.ts'

/** By `object_kind`, what the event header calls it. Confidential issues and notes say so in front. */
const NAMES: ReadonlyMap<string, readonly string[]> = new Map([
  ['access_token', ['Resource Access Token Hook']],
  ['build', ['Job Hook']],
  ['deployment', ['Deployment Hook']],
  ['emoji', ['Emoji Hook']],
  ['feature_flag', ['Feature Flag Hook']],
  ['issue', ['Issue Hook', 'Confidential Issue Hook']],
  ['merge_request', ['Merge Request Hook']],
  ['milestone', ['Milestone Hook']],
  ['note', ['Note Hook', 'Confidential Note Hook']],
  ['pipeline', ['Pipeline Hook']],
  ['push', ['Push Hook']],
  ['release', ['Release Hook']],
  ['tag_push', ['Tag Push Hook']],
  ['vulnerability', ['Vulnerability Hook']],
  ['wiki_page', ['Wiki Page Hook']],
  ['work_item', ['Work Item Hook', 'Issue Hook', 'Confidential Issue Hook']],
])

/** A hook of a whole instance gives all its events one name. */
const SYSTEM = 'System Hook'

/** The event header for a kind; undefined for kinds that it has no rule for. */
export const headerOf = (kind: string): string | undefined => NAMES.get(kind)?.[0]

/** Whether the header may name a body of this kind. */
export function fitsHeader(kind: string, header: string): boolean {
  const names = NAMES.get(kind)
  return names === undefined || header === SYSTEM || names.includes(header)
}

/** The kind that a header names; a body made by a custom template may state none. */
export function kindOf(body: JsonObject, header: string | undefined): string | undefined {
  const stated = textOf(body['object_kind']) ?? textOf(body['event_name'])
  if (stated !== undefined || header === undefined) return stated
  return [...NAMES].find(([, names]) => names.includes(header))?.[0]
}
