import { z, type ZodType } from 'zod'

const id = z.int().positive()
const number = z.int().positive()
const name = z.string().min(1)
const sha = z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/)

const repository = z.looseObject({ id, full_name: z.string().regex(/^[^/]+\/[^/]+$/) })

const event = <Fields extends z.ZodRawShape>(fields: Fields) => z.looseObject({ repository, ...fields })

const comment = z.looseObject({ id, body: z.string().nullable() })
const issue = z.looseObject({ id, number, title: z.string(), state: z.string().optional() })
const pullRequest = z.looseObject({ id, number })

const issues = event({ issue })
const pullRequests = event({
  number,
  pull_request: z.looseObject({ id, number, title: z.string(), state: z.enum(['open', 'closed']) }),
})
const issueComments = event({ issue, comment })
const reviews = event({ pull_request: pullRequest, review: z.looseObject({ id, state: name }) })
const reviewComments = event({ pull_request: pullRequest, comment })
/** What has become of a run, a job or a check: null until it has ended. */
const conclusion = name.nullable()
const workflowRun = z.looseObject({
  id,
  workflow_id: id,
  run_number: number,
  event: name,
  head_sha: sha,
  head_branch: name.nullable(),
  status: name,
  conclusion,
})
const deployment = z.looseObject({ id, sha, ref: name, task: name, environment: z.string() })

const checkRuns = event({ check_run: z.looseObject({ id, name, head_sha: sha, status: name, conclusion }) })
const checkSuites = event({ check_suite: z.looseObject({ id, head_sha: sha, conclusion }) })
const workflowRuns = event({ workflow_run: workflowRun })
const workflowJobs = event({
  workflow_job: z.looseObject({
    id,
    run_id: id,
    name,
    head_sha: sha,
    status: name,
    conclusion,
    labels: z.array(z.string()),
  }),
})
const deployments = event({ deployment })
const deploymentStatuses = event({ deployment, deployment_status: z.looseObject({ id, state: name }) })
const deploymentReviews = event({ workflow_run: workflowRun })
const releases = event({ release: z.looseObject({ id, tag_name: name }) })
const labels = event({ label: z.looseObject({ id, name }) })
const milestones = event({ milestone: z.looseObject({ id, number, title: z.string() }) })
const repositories = event({})

/** By event, its actions and their schema. */
const ACTIONS: readonly (readonly [event: string, actions: string, schema: ZodType])[] = [
  ['check_run', 'completed created requested_action rerequested', checkRuns],
  ['check_suite', 'completed requested rerequested', checkSuites],
  ['deployment', 'created', deployments],
  ['deployment_review', 'approved rejected requested', deploymentReviews],
  ['deployment_status', 'created', deploymentStatuses],
  ['issue_comment', 'created deleted edited', issueComments],
  [
    'issues',
    'assigned closed deleted demilestoned edited labeled locked milestoned opened pinned reopened transferred typed ' +
      'unassigned unlabeled unlocked unpinned untyped',
    issues,
  ],
  ['label', 'created deleted edited', labels],
  ['milestone', 'closed created deleted edited opened', milestones],
  [
    'pull_request',
    'assigned auto_merge_disabled auto_merge_enabled closed converted_to_draft demilestoned dequeued edited enqueued ' +
      'labeled locked milestoned opened ready_for_review reopened review_request_removed review_requested synchronize ' +
      'unassigned unlabeled unlocked',
    pullRequests,
  ],
  ['pull_request_review', 'dismissed edited submitted', reviews],
  ['pull_request_review_comment', 'created deleted edited', reviewComments],
  ['release', 'created deleted edited prereleased published released unpublished', releases],
  ['repository', 'archived created deleted edited privatized publicized renamed transferred unarchived', repositories],
  ['workflow_job', 'completed in_progress queued waiting', workflowJobs],
  ['workflow_run', 'completed in_progress requested', workflowRuns],
]

const push = event({
  ref: z.string().startsWith('refs/'),
  before: sha,
  after: sha,
  deleted: z.boolean(),
  commits: z.array(z.looseObject({ id: sha })),
})

const commitStatus = event({ sha, context: name, state: z.enum(['error', 'failure', 'pending', 'success']) })
const workflowDispatch = event({ ref: name, workflow: name })

const ping = z.looseObject({ zen: z.string(), hook_id: id })

export const schemas: Readonly<Record<string, ZodType>> = {
  push,
  ping,
  status: commitStatus,
  workflow_dispatch: workflowDispatch,
  ...Object.fromEntries(
    ACTIONS.flatMap(([name, actions, schema]) => actions.split(' ').map((action) => [`${name}.${action}`, schema])),
  ),
}
