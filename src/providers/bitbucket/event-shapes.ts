import { isJsonObject, type JsonObject } from '../json-body.ts'
import { textOf } from '../json-field.ts'

interface Shape {
  keys: RegExp
  /** Members that a body of such an event has. */
  has: readonly string[]
  /** Members that it has not. */
  lacks?: readonly string[]
  /** The pull request's state. */
  state?: string
}

/** By event key of Cloud; the first that fits is the one. What an event adds to another's body tells them apart. */
const SHAPES: readonly Shape[] = [
  { keys: /^repo:push$/, has: ['push'] },
  { keys: /^repo:fork$/, has: ['fork'] },
  { keys: /^repo:commit_comment_/, has: ['comment', 'commit'] },
  { keys: /^repo:commit_status_/, has: ['commit_status'] },
  { keys: /^issue:comment_/, has: ['issue', 'comment'] },
  { keys: /^issue:/, has: ['issue'], lacks: ['pullrequest'] },
  { keys: /^pullrequest:comment_/, has: ['pullrequest', 'comment'] },
  { keys: /^pullrequest:(un)?approved$/, has: ['pullrequest', 'approval'] },
  { keys: /^pullrequest:changes_request_/, has: ['pullrequest', 'changes_request'] },
  { keys: /^pullrequest:fulfilled$/, has: ['pullrequest'], lacks: ['approval', 'comment'], state: 'MERGED' },
  { keys: /^pullrequest:rejected$/, has: ['pullrequest'], lacks: ['approval', 'comment'], state: 'DECLINED' },
  { keys: /^pullrequest:(created|updated)$/, has: ['pullrequest'], lacks: ['approval', 'comment', 'changes_request'] },
]

/** Whether a body can be one of `key`. Data Center repeats the key in the body; an event that is not listed is not checked. */
export function fitsEvent(key: string, body: JsonObject): boolean {
  const stated = textOf(body['eventKey'])
  if (stated !== undefined) return stated === key
  const shape = SHAPES.find(({ keys }) => keys.test(key))
  if (shape === undefined) return true
  const pullRequest = body['pullrequest']
  return (
    shape.has.every((name) => isJsonObject(body[name])) &&
    !shape.lacks?.some((name) => Object.hasOwn(body, name)) &&
    (shape.state === undefined || (isJsonObject(pullRequest) && pullRequest['state'] === shape.state))
  )
}
