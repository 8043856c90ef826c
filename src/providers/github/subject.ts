import type { EntityRef } from '../../domain/event.ts'
import type { JsonObject } from '../json-body.ts'
import { idOf, objectOf, textOf } from '../json-field.ts'

/** How an event of one name says what it is about: the kind, and the ID below its repository. */
interface Subject {
  kind: string
  id(payload: JsonObject): string | undefined
}

const field = (kind: string, object: string, name: string): Subject => ({
  kind,
  id: (payload) => idOf(objectOf(payload[object])[name]),
})

/** Two IDs where GitHub nests one resource in another. */
const nested = (kind: string, outer: Subject, inner: Subject): Subject => ({
  kind,
  id: (payload) => joined(outer.id(payload), inner.id(payload)),
})

const joined = (outer: string | undefined, inner: string | undefined): string | undefined =>
  outer !== undefined && inner !== undefined ? `${outer}/${inner}` : undefined

const pullRequest = field('pull_request', 'pull_request', 'number')
const deployment = field('deployment', 'deployment', 'id')
const workflowRun = field('workflow_run', 'workflow_run', 'id')
const repository: Subject = { kind: 'repository', id: () => '' }

/**
 * `heads/main` or `tags/v1`. A push gives the full name of the ref, its creation and deletion the short one and a type.
 */
const pushedRef: Subject = { kind: 'ref', id: ({ ref }) => textOf(ref)?.replace(/^refs\//, '') }
const namedRef: Subject = {
  kind: 'ref',
  id: ({ ref, ref_type: type }) => {
    const folder = type === 'branch' ? 'heads' : type === 'tag' ? 'tags' : undefined
    return joined(folder, textOf(ref))
  },
}

const SUBJECTS = new Map<string, Subject>([
  ['check_run', field('check_run', 'check_run', 'id')],
  ['check_suite', field('check_suite', 'check_suite', 'id')],
  ['commit_comment', field('commit_comment', 'comment', 'id')],
  ['create', namedRef],
  ['delete', namedRef],
  ['deployment', deployment],
  ['deployment_protection_rule', deployment],
  ['deployment_review', workflowRun],
  ['deployment_status', nested('deployment_status', deployment, field('', 'deployment_status', 'id'))],
  ['fork', repository],
  ['issue_comment', field('issue_comment', 'comment', 'id')],
  ['issues', field('issue', 'issue', 'number')],
  ['label', field('label', 'label', 'name')],
  ['milestone', field('milestone', 'milestone', 'number')],
  ['public', repository],
  ['pull_request', pullRequest],
  ['pull_request_review', nested('pull_request_review', pullRequest, field('', 'review', 'id'))],
  ['pull_request_review_comment', field('pull_request_review_comment', 'comment', 'id')],
  ['pull_request_review_thread', pullRequest],
  ['push', pushedRef],
  ['release', field('release', 'release', 'id')],
  ['repository', repository],
  ['star', repository],
  ['status', { kind: 'commit', id: ({ sha }) => textOf(sha) }],
  ['watch', repository],
  ['workflow_job', field('workflow_job', 'workflow_job', 'id')],
  ['workflow_run', workflowRun],
])

/** The entity under its repository's name, `owner/name/42`; a repository is just `owner/name`. */
export function subjectOf(event: string, payload: JsonObject): EntityRef | undefined {
  const subject = SUBJECTS.get(event)
  const fullName = textOf(objectOf(payload['repository'])['full_name'])
  const id = subject?.id(payload)
  if (subject === undefined || fullName === undefined || id === undefined) return undefined
  return { kind: subject.kind, id: id === '' ? fullName : `${fullName}/${id}` }
}

/** Events whose `deleted` action is the end of their own entity: of a star, it is not the end of the repository. */
const ENDS = new Set([
  'issues',
  'issue_comment',
  'label',
  'milestone',
  'pull_request_review_comment',
  'release',
  'repository',
])

export const saysGone = (event: string, payload: JsonObject): boolean =>
  event === 'delete' ||
  (event === 'push' && payload['deleted'] === true) ||
  (ENDS.has(event) && payload['action'] === 'deleted')
