import { headerOf } from '../../providers/gitlab/kinds.ts'
import type { Provider } from '../../providers/provider.ts'
import { fieldsOf, numberIn, ok, pageOf, route, shown } from '../answers.ts'
import { type Attempt, createEntityWorld, type Kind, type Shelf } from '../entity-world.ts'
import type { Random } from '../random.ts'
import type { Fields, Step } from '../step.ts'
import type { ApiReply, World } from '../world.ts'

const PROJECT = 15
const HOOK = `/projects/${PROJECT}/hooks/7`
const API = '/api/v4'
const project = { id: PROJECT, name: 'Site', path_with_namespace: 'team/site', default_branch: 'main' }

const COLLECTIONS: Readonly<Record<string, string>> = {
  issues: 'issue',
  merge_requests: 'merge_request',
  pipelines: 'pipeline',
}

/** A project: issues and merge requests come and go, and pipelines run. */
export function createGitlabWorld(provider: Provider, random: Random): World {
  let last = 0

  const begin =
    (kind: string, name: 'id' | 'iid', fields: Fields, type: string): Kind['begin'] =>
    ({ now }) => {
      last += 1
      const numbers = { id: 90_000 + last, iid: last, project_id: PROJECT }
      return {
        id: `${PROJECT}/${numbers[name]}`,
        type: `${kind}.${type}`,
        fields: { ...numbers, ...fields, created_at: now.toISOString() },
      }
    }

  return createEntityWorld(provider, random, {
    signsTime: true,
    hookPath: HOOK,
    kinds: {
      issue: { ...issue, begin: begin('issue', 'iid', { title: 'It rains', state: 'opened', weight: 0 }, 'open') },
      merge_request: {
        ...mergeRequest,
        begin: begin(
          'merge_request',
          'iid',
          { title: 'A wider viewport', state: 'opened', weight: 0, source_branch: 'viewport', target_branch: 'main' },
          'open',
        ),
      },
      pipeline: {
        ...pipeline,
        begin: (moment) =>
          begin('pipeline', 'id', { ref: 'main', sha: random.hex(40), status: 'pending' }, 'pending')(moment),
      },
    },
    touch: (now) => ({ updated_at: now.toISOString() }),
    tell: ({ type, thing: { kind, fields } }) => {
      const action = type.slice(kind.length + 1)
      const attributes = { ...fields, ...(kind !== 'pipeline' && { action }) }
      return {
        eventId: random.uuid(),
        content: { object_kind: kind, user: { username: 'ada' }, project, object_attributes: attributes },
      }
    },
    read: (url, shelf) =>
      route(url, [
        [new RegExp(`${API}${HOOK}/events`), () => listAttempts(shelf.attempts, url.searchParams)],
        [
          new RegExp(`${API}/projects/${PROJECT}/(\\w+)/(\\d+)`),
          (collection = '', id = '') => shown(shelf.find(COLLECTIONS[collection] ?? '', `${PROJECT}/${id}`)),
        ],
        [
          new RegExp(`${API}/projects/${PROJECT}/(\\w+)`),
          (collection = '') => ok(fieldsOf(shelf.of(COLLECTIONS[collection] ?? '')).slice(0, 20)),
        ],
      ]),
    post: ({ pathname }, _body, shelf) => resend(pathname, shelf),
    explain: (status) => ({ message: `${status} Refused` }),
  })
}

const GITLAB_PAGE = 20

/** Newest first, as GitLab lists what a hook sent. */
function listAttempts(attempts: readonly Attempt[], query: URLSearchParams): ApiReply {
  const newestFirst = attempts.map((attempt, at) => ({ ...attempt, id: at + 1 })).toReversed()
  const size = numberIn(query, 'per_page', GITLAB_PAGE, GITLAB_PAGE)
  const { items } = pageOf(newestFirst, (numberIn(query, 'page', 1) - 1) * size, size)
  return ok(
    items.map(({ id, change, status, at }) => ({
      id,
      trigger: `${change.type.split('.', 1)[0]}_hooks`,
      request_headers: {
        'Content-Type': 'application/json',
        'X-Gitlab-Event': headerOf(change.type.split('.', 1)[0] ?? ''),
        'X-Gitlab-Token': '[REDACTED]',
        'Idempotency-Key': change.eventId,
        'Webhook-Id': change.eventId,
      },
      request_data: JSON.parse(change.body.toString()) as unknown,
      response_status: status === undefined ? 'internal error' : String(status),
      created_at: at.toISOString(),
    })),
  )
}

function resend(path: string, { attempts }: Shelf): ReturnType<NonNullable<World['post']>> {
  const [, id] = new RegExp(`^${API}${HOOK}/events/(\\d+)/resend$`).exec(path) ?? []
  const attempt = attempts[Number(id) - 1]
  return attempt && { status: 201, body: { response_status: 200 }, resend: attempt.change }
}

const weigh = (kind: string): Step => ({
  type: `${kind}.update`,
  changes: ({ weight }) => ({ weight: Number(weight) + 1 }),
})
const become = (type: string, state: string): Step => ({
  type,
  changes: ({ weight }) => ({ state, weight: Number(weight) + 1 }),
})

const issue: Omit<Kind, 'begin'> = {
  stage: ({ state }) => state,
  steps: {
    opened: [weigh('issue'), become('issue.close', 'closed')],
    closed: [become('issue.reopen', 'opened')],
  },
}

const mergeRequest: Omit<Kind, 'begin'> = {
  stage: ({ state }) => state,
  steps: {
    opened: [weigh('merge_request'), become('merge_request.merge', 'merged'), become('merge_request.close', 'closed')],
    closed: [become('merge_request.reopen', 'opened')],
  },
}

const run = (status: string): Step => ({ type: `pipeline.${status}`, changes: () => ({ status }) })

const pipeline: Omit<Kind, 'begin'> = {
  steps: { pending: [run('running')], running: [run('success'), run('success'), run('failed'), run('canceled')] },
}
