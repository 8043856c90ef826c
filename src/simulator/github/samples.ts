import type { Family, SampleBook, SampleFacts } from '../sample.ts'
import { API, apiTime, type GithubObject, nodeId, SITE } from './github-objects.ts'
import { newIssue } from './new-issue.ts'
import { newCommit, pushOf } from './new-push.ts'
import { HOOK_ID, organization, PEOPLE, ping, REPOSITORIES } from './organization.ts'

const [repository = {}] = REPOSITORIES
const [author = {}, reviewer = {}] = PEOPLE
const FULL_NAME = String(repository['full_name'])

/** What every event about a repository says beside its own. */
const inRepository = (action: string, fields: GithubObject): GithubObject => ({
  ...(action !== '' && { action }),
  ...fields,
  repository,
  organization,
  sender: author,
})

const about = (write: (facts: SampleFacts, action: string) => GithubObject): Family => {
  return (facts, action) => inRepository(action, write(facts, action))
}

/** Fields that nearly all objects have. */
function object(kind: string, { now, random }: SampleFacts): GithubObject {
  const id = random.integer(1_000_000, 999_999_999)
  return { id, node_id: nodeId(kind, id), created_at: apiTime(now), updated_at: apiTime(now) }
}

const issueOf = ({ now, random }: SampleFacts, action: string): GithubObject => ({
  ...newIssue(random, { repository, number: random.integer(1, 900), user: author, now: apiTime(now) }),
  ...(action === 'closed' && { state: 'closed', state_reason: 'completed', closed_at: apiTime(now) }),
})

const label: GithubObject = { id: 208_045_946, name: 'bug', color: 'f29513', default: true, description: null }

const milestoneOf = (facts: SampleFacts): GithubObject => ({
  ...object('M', facts),
  number: facts.random.integer(1, 20),
  title: 'First release',
  state: 'open',
  open_issues: 4,
  closed_issues: 8,
})

const commentOf = (facts: SampleFacts): GithubObject => ({
  ...object('IC', facts),
  user: reviewer,
  body: 'Seen here, too.',
  author_association: 'MEMBER',
})

const branch = ({ random }: SampleFacts, ref: string): GithubObject => ({
  label: `${String(organization.login)}:${ref}`,
  ref,
  sha: random.hex(40),
  repo: repository,
})

function pullRequestOf(facts: SampleFacts, action: string): GithubObject {
  const number = facts.random.integer(1, 900)
  return {
    ...object('PR', facts),
    url: `${API}/repos/${FULL_NAME}/pulls/${number}`,
    html_url: `${SITE}/${FULL_NAME}/pull/${number}`,
    number,
    state: action === 'closed' ? 'closed' : 'open',
    title: 'Round once',
    user: author,
    body: 'Totals were rounded twice.',
    draft: false,
    merged: action === 'closed',
    head: branch(facts, 'round-once'),
    base: branch(facts, 'main'),
  }
}

/** A run of a check, a suite, a workflow or one of its jobs: when it is over it has a conclusion. */
const runOf = (kind: string, facts: SampleFacts, action: string): GithubObject => ({
  ...object(kind, facts),
  name: 'build',
  head_sha: facts.random.hex(40),
  head_branch: 'main',
  status: action === 'completed' ? 'completed' : action === 'in_progress' ? 'in_progress' : 'queued',
  conclusion: action === 'completed' ? 'success' : null,
  started_at: apiTime(facts.now),
  ...(action === 'completed' && { completed_at: apiTime(facts.now) }),
})

const workflow = { id: 161_335, name: 'CI', path: '.github/workflows/ci.yml', state: 'active' }

const workflowRunOf = (facts: SampleFacts, action: string): GithubObject => ({
  ...runOf('WR', facts, action),
  workflow_id: workflow.id,
  run_number: facts.random.integer(1, 900),
  run_attempt: 1,
  event: 'push',
})

const deploymentOf = (facts: SampleFacts): GithubObject => ({
  ...object('D', facts),
  sha: facts.random.hex(40),
  ref: 'main',
  task: 'deploy',
  environment: 'production',
  creator: author,
  payload: {},
})

const withPullRequest = (facts: SampleFacts, fields: GithubObject): GithubObject => ({
  pull_request: pullRequestOf(facts, ''),
  ...fields,
})

export const samples: SampleBook = {
  newId: (random) => random.uuid(),
  families: {
    ping: () => ({ ...ping, hook_id: HOOK_ID, organization, sender: author }),
    push: ({ now, random }) => {
      const commit = newCommit(random, { repository, author, parent: random.hex(40), at: now })
      return { ...pushOf(commit), organization, sender: author }
    },
    check_run: about((facts, action) => ({ check_run: runOf('CR', facts, action) })),
    check_suite: about((facts, action) => ({ check_suite: runOf('CS', facts, action) })),
    deployment: about((facts) => ({ deployment: deploymentOf(facts) })),
    deployment_status: about((facts) => ({
      deployment: deploymentOf(facts),
      deployment_status: { ...object('DS', facts), state: 'success', environment: 'production', creator: author },
    })),
    issue_comment: about((facts) => ({ issue: issueOf(facts, ''), comment: commentOf(facts) })),
    issues: about((facts, action) => ({ issue: issueOf(facts, action), ...(action.includes('label') && { label }) })),
    label: about(() => ({ label })),
    milestone: about((facts) => ({ milestone: milestoneOf(facts) })),
    pull_request: about((facts, action) => {
      const pullRequest = pullRequestOf(facts, action)
      return { number: pullRequest['number'], pull_request: pullRequest, ...(action.includes('label') && { label }) }
    }),
    pull_request_review: about((facts) =>
      withPullRequest(facts, { review: { ...object('PRR', facts), user: reviewer, state: 'approved', body: null } }),
    ),
    pull_request_review_comment: about((facts) => withPullRequest(facts, { comment: commentOf(facts) })),
    release: about((facts) => ({
      release: { ...object('RE', facts), tag_name: 'v1.4.0', name: '1.4.0', draft: false, prerelease: false, author },
    })),
    repository: about(() => ({})),
    workflow_job: about((facts, action) => ({
      workflow_job: {
        ...runOf('WJ', facts, action),
        run_id: facts.random.integer(1_000_000, 999_999_999),
        labels: ['ubuntu-latest'],
        steps: [],
      },
    })),
    status: about(({ now, random }) => {
      const sha = random.hex(40)
      return {
        id: random.integer(1_000_000, 999_999_999),
        sha,
        name: FULL_NAME,
        context: 'ci/build',
        state: 'success',
        description: null,
        target_url: null,
        branches: [{ name: 'main', commit: { sha }, protected: true }],
        commit: { sha, node_id: nodeId('C', sha) },
        created_at: apiTime(now),
        updated_at: apiTime(now),
      }
    }),
    workflow_dispatch: about(() => ({ inputs: null, ref: 'refs/heads/main', workflow: workflow.path })),
    workflow_run: about((facts, action) => ({ workflow, workflow_run: workflowRunOf(facts, action) })),
    deployment_review: about((facts, action) => ({
      since: apiTime(facts.now),
      workflow_run: workflowRunOf(facts, action === 'requested' ? 'waiting' : 'in_progress'),
      environment: 'production',
      ...(action !== 'requested' && { comment: 'Seen.' }),
    })),
  },
}
