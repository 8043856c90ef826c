import { hash } from 'node:crypto'
import type { Step, Steps } from '../step.ts'
import type { GithubObject } from './github-objects.ts'
import { PEOPLE } from './organization.ts'

export interface IssueStep extends Step {
  /** What the webhook says beside the issue itself. */
  beside?(before: GithubObject, after: GithubObject): GithubObject
}

const edit: IssueStep = {
  type: 'issues.edited',
  changes: (_issue, { random }) => ({ body: `Seen again: ${random.integer(2, 900)} times by now (${random.hex(6)}).` }),
  beside: (before) => ({ changes: { body: { from: before['body'] } } }),
}

const label: IssueStep = {
  type: 'issues.labeled',
  changes: (issue, { random }) => ({
    labels: [...labelsOf(issue), newLabel(issue, `area-${random.hex(4)}`, random.hex(6))],
  }),
  beside: (_before, after) => ({ label: labelsOf(after).at(-1) }),
}

const assign: IssueStep = {
  type: 'issues.assigned',
  changes: (issue, { random }) => {
    const assignee = random.pick(PEOPLE)
    // A comment comes along, as below.
    return { assignee, assignees: [assignee], comments: Number(issue['comments']) + 1 }
  },
  beside: (_before, after) => ({ assignee: after['assignee'] }),
}

/** Who closes or reopens says why in a comment: without it, two closings in one second would be the same bytes. */
const close: IssueStep = {
  type: 'issues.closed',
  changes: (issue, { now }) => ({
    state: 'closed',
    state_reason: 'completed',
    closed_at: now.toISOString().replace(/\.\d+Z$/, 'Z'),
    comments: Number(issue['comments']) + 1,
  }),
}

const reopen: IssueStep = {
  type: 'issues.reopened',
  changes: (issue) => ({
    state: 'open',
    state_reason: 'reopened',
    closed_at: null,
    comments: Number(issue['comments']) + 1,
  }),
}

export const ISSUE_STEPS: Readonly<Record<string, readonly IssueStep[]>> = {
  open: [edit, label, assign, close, close],
  closed: [reopen],
} satisfies Steps

const labelsOf = (issue: Readonly<GithubObject>): GithubObject[] => issue['labels'] as GithubObject[]

function newLabel(issue: Readonly<GithubObject>, name: string, color: string): GithubObject {
  const url = `${String(issue['repository_url'])}/labels/${name}`
  const id = 1_000_000 + Number.parseInt(hash('sha256', url).slice(0, 7), 16)
  return { id, node_id: `LA_${id}`, url, name, color, default: false, description: null }
}
