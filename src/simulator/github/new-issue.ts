import type { Random } from '../random.ts'
import { API, type GithubObject, links, nodeId, SITE } from './github-objects.ts'

const ISSUE_LINKS = {
  url: '',
  labels_url: '/labels{/name}',
  comments_url: '/comments',
  events_url: '/events',
  timeline_url: '/timeline',
}

const TITLES = [
  'Totals are rounded twice',
  'The invoice mail has no subject',
  'Retry button does nothing on a slow line',
  'Export stops at 10,000 rows',
  'Search forgets its filter',
  'Time zones are mixed up in the weekly report',
] as const

export interface NewIssue {
  repository: GithubObject
  number: number
  user: GithubObject
  now: string
}

export function newIssue(random: Random, { repository, number, user, now }: NewIssue): GithubObject {
  const fullName = String(repository['full_name'])
  const id = 2_000_000_000 + random.integer(0, 999_999_999)
  return {
    ...links(`${API}/repos/${fullName}/issues/${number}`, ISSUE_LINKS),
    repository_url: `${API}/repos/${fullName}`,
    html_url: `${SITE}/${fullName}/issues/${number}`,
    id,
    node_id: nodeId('05:Issue', id),
    number,
    title: random.pick(TITLES),
    user,
    labels: [],
    state: 'open',
    locked: false,
    assignee: null,
    assignees: [],
    milestone: null,
    comments: 0,
    created_at: now,
    updated_at: now,
    closed_at: null,
    author_association: 'MEMBER',
    active_lock_reason: null,
    body: `Seen ${random.integer(2, 40)} times since yesterday.`,
    reactions: { url: `${API}/repos/${fullName}/issues/${number}/reactions`, total_count: 0 },
    state_reason: null,
  }
}
