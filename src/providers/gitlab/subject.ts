import type { EntityRef } from '../../domain/event.ts'
import type { JsonObject } from '../json-body.ts'
import { idOf, objectOf, textOf } from '../json-field.ts'

/** How an event of one kind says what it is about: the kind of entity, and its ID below the project. */
type Subject = (body: JsonObject, attributes: JsonObject) => [kind: string, id: string | undefined]

const numbered =
  (kind: string): Subject =>
  (_, { iid }) => [kind, idOf(iid)]

const pushed =
  (kind: string, folder: string): Subject =>
  ({ ref }) => [kind, textOf(ref)?.replace(folder, '')]

/** A note is found below what it is about. */
const note: Subject = (body, { id }) => {
  const [issue, mergeRequest, snippet] = ['issue', 'merge_request', 'snippet'].map((name) => objectOf(body[name]))
  const parents = [
    ['issues', idOf(issue?.['iid'])],
    ['merge_requests', idOf(mergeRequest?.['iid'])],
    ['snippets', idOf(snippet?.['id'])],
  ]
  const parent = parents.find(([, parentId]) => parentId !== undefined)
  const noteId = idOf(id)
  return ['note', parent && noteId && [...parent, noteId].join('/')]
}

const SUBJECTS: ReadonlyMap<string, Subject> = new Map<string, Subject>([
  ['build', ({ build_id: id }) => ['job', idOf(id)]],
  ['deployment', ({ deployment_id: id }) => ['deployment', idOf(id)]],
  ['feature_flag', (_, { name }) => ['feature_flag', textOf(name)]],
  ['issue', numbered('issue')],
  ['merge_request', numbered('merge_request')],
  ['milestone', (_, { id }) => ['milestone', idOf(id)]],
  ['note', note],
  ['pipeline', (_, { id }) => ['pipeline', idOf(id)]],
  ['push', pushed('branch', 'refs/heads/')],
  ['release', ({ tag }) => ['release', textOf(tag)]],
  ['tag_push', pushed('tag', 'refs/tags/')],
  ['wiki_page', (_, { slug }) => ['wiki_page', textOf(slug)]],
  // The API has tasks and incidents among the issues.
  ['work_item', numbered('issue')],
])

/** The entity under its project's number: `15/23`. What belongs to a group has none. */
export function subjectOf(kind: string, body: JsonObject): EntityRef | undefined {
  const project = idOf(objectOf(body['project'])['id']) ?? idOf(body['project_id'])
  const [entityKind, id] = SUBJECTS.get(kind)?.(body, objectOf(body['object_attributes'])) ?? []
  if (project === undefined || entityKind === undefined || id === undefined) return undefined
  return { kind: entityKind, id: `${project}/${id}` }
}

const NOTHING = /^0{40,64}$/
const ENDS = new Set(['milestone', 'release', 'wiki_page'])

export function saysGone(kind: string, body: JsonObject, action: string | undefined): boolean {
  if (kind === 'push' || kind === 'tag_push') return NOTHING.test(textOf(body['after']) ?? '')
  return action === 'delete' && ENDS.has(kind)
}
