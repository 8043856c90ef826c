import type { EntityRef } from '../../domain/event.ts'
import { isJsonObject, type JsonObject } from '../json-body.ts'
import { idOf, objectOf, textOf } from '../json-field.ts'

/** What one event is about. */
export interface Subject {
  entity: EntityRef
  /** It is gone. */
  deletes?: true
}

/** In Cloud, an entity under its repository's name: `team/site/12`. Data Center has another API, so that its entities are of kinds of their own. */
export function subjectOf(key: string, body: JsonObject): Subject | undefined {
  const fullName = textOf(objectOf(body['repository'])['full_name'])
  if (fullName === undefined) return serverSubject(body)
  if (isJsonObject(body['push'])) return pushed(fullName, body['push'])
  const [kind, ...ids] = partsOf(body)
  if (kind === undefined) return { entity: { kind: 'repository', id: fullName } }
  if (ids.some((id) => id === undefined)) return undefined
  const deletes = key.endsWith('comment_deleted')
  return { entity: { kind, id: [fullName, ...ids].join('/') }, ...(deletes && { deletes }) }
}

/** The kind and the IDs below the repository. A comment stands below what it is about. */
function partsOf(body: JsonObject): [kind?: string, ...ids: (string | undefined)[]] {
  const [comment, pullRequest, issue, commit, status] = [
    'comment',
    'pullrequest',
    'issue',
    'commit',
    'commit_status',
  ].map((name) => objectOf(body[name]))
  const [commentId, pullRequestId, issueId] = [comment?.['id'], pullRequest?.['id'], issue?.['id']].map(idOf)
  const hash = textOf(commit?.['hash'])
  if (pullRequestId !== undefined)
    return commentId === undefined
      ? ['pull_request', pullRequestId]
      : ['pull_request_comment', pullRequestId, commentId]
  if (issueId !== undefined) return commentId === undefined ? ['issue', issueId] : ['issue_comment', issueId, commentId]
  if (hash !== undefined) return commentId === undefined ? ['commit', hash] : ['commit_comment', hash, commentId]
  const key = textOf(status?.['key'])
  if (key === undefined) return []
  return ['commit_status', commitOf(objectOf(status)), encodeURIComponent(key)]
}

/** A status names its commit by a link only. */
const commitOf = (status: JsonObject): string | undefined =>
  textOf(objectOf(status['commit'])['hash']) ??
  /\/commit\/([0-9a-f]+)/.exec(textOf(objectOf(objectOf(objectOf(status)['links'])['commit'])['href']) ?? '')?.[1]

/** A push that moved one branch or tag is about it; one that moved several is about the repository. */
function pushed(fullName: string, push: JsonObject): Subject {
  const changes: unknown[] = Array.isArray(push['changes']) ? push['changes'] : []
  const change = objectOf(changes.length === 1 ? changes[0] : undefined)
  const deletes = isJsonObject(change['old']) && !isJsonObject(change['new'])
  const { type, name } = objectOf(deletes ? change['old'] : change['new'])
  const refName = textOf(name)
  if (refName === undefined || (type !== 'branch' && type !== 'tag')) {
    return { entity: { kind: 'repository', id: fullName } }
  }
  return { entity: { kind: type, id: `${fullName}/${refName}` }, ...(deletes && { deletes }) }
}

/** `PROJ/site/12` */
function serverSubject(body: JsonObject): Subject | undefined {
  const pullRequest = objectOf(body['pullRequest'])
  const { slug, project } = objectOf(objectOf(pullRequest['toRef'])['repository'])
  const parts = [textOf(objectOf(project)['key']), textOf(slug), idOf(pullRequest['id'])]
  return parts.some((part) => part === undefined)
    ? undefined
    : { entity: { kind: 'server_pull_request', id: parts.join('/') } }
}
