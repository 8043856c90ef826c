import type { Family, SampleBook, SampleFacts } from '../sample.ts'

const user = { id: 1, name: 'Ada Quist', username: 'ada', email: '[REDACTED]' }
const project = {
  id: 15,
  name: 'Site',
  path_with_namespace: 'team/site',
  default_branch: 'main',
  web_url: 'https://gitlab.com/team/site',
}

/** `2026-01-31 12:00:00 UTC` */
const time = (at: Date): string =>
  at
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC')

const times = ({ now }: SampleFacts) => ({ created_at: time(now), updated_at: time(now) })

const ISSUE_STATES: Readonly<Record<string, string>> = { close: 'closed', merge: 'merged' }

const numbered = ({ random }: SampleFacts) => ({ id: random.integer(1, 90_000), iid: random.integer(1, 900) })

const issue =
  (kind: string): Family =>
  (facts, action) => ({
    object_kind: kind,
    event_type: kind,
    user,
    project,
    object_attributes: {
      ...numbered(facts),
      title: 'It rains',
      description: 'Into the server room.',
      state: ISSUE_STATES[action] ?? 'opened',
      ...times(facts),
      action,
    },
    labels: [],
  })

const mergeRequest: Family = (facts, action) => ({
  object_kind: 'merge_request',
  event_type: 'merge_request',
  user,
  project,
  object_attributes: {
    ...numbered(facts),
    title: 'A wider viewport',
    state: ISSUE_STATES[action] ?? 'opened',
    source_branch: 'viewport',
    target_branch: 'main',
    ...times(facts),
    action,
  },
})

const note: Family = (facts, action) => ({
  object_kind: 'note',
  event_type: 'note',
  user,
  project,
  object_attributes: {
    id: facts.random.integer(1, 900_000),
    note: 'Seen here, too.',
    noteable_type: 'Issue',
    ...times(facts),
    action,
  },
  issue: { ...numbered(facts), title: 'It rains', state: 'opened' },
})

const OVER = new Set(['canceled', 'failed', 'skipped', 'success'])

const pipeline: Family = ({ now, random }, status) => ({
  object_kind: 'pipeline',
  user,
  project,
  object_attributes: {
    id: random.integer(1, 900_000),
    iid: random.integer(1, 900),
    ref: 'main',
    sha: random.hex(40),
    status,
    created_at: time(now),
    finished_at: OVER.has(status) ? time(now) : null,
  },
})

const job: Family = ({ now, random }, status) => ({
  object_kind: 'build',
  ref: 'main',
  sha: random.hex(40),
  build_id: random.integer(1, 900_000),
  build_name: 'test',
  build_stage: 'test',
  build_status: status,
  build_created_at: time(now),
  build_started_at: time(now),
  build_finished_at: OVER.has(status) ? time(now) : null,
  pipeline_id: random.integer(1, 900_000),
  project_id: project.id,
  user,
  project,
})

const deployment: Family = ({ now, random }, status) => ({
  object_kind: 'deployment',
  status,
  status_changed_at: time(now),
  deployment_id: random.integer(1, 9_000),
  deployable_id: random.integer(1, 900_000),
  environment: 'production',
  project,
  user,
})

const push =
  (kind: string, ref: string): Family =>
  ({ now, random }) => {
    const after = random.hex(40)
    const commit = { id: after, message: 'Keep the filter', timestamp: now.toISOString(), author: { name: user.name } }
    return {
      object_kind: kind,
      event_name: kind,
      before: random.hex(40),
      after,
      ref,
      checkout_sha: after,
      user_id: user.id,
      user_username: user.username,
      project_id: project.id,
      project,
      commits: [commit],
      total_commits_count: 1,
    }
  }

const release: Family = ({ now, random }, action) => ({
  object_kind: 'release',
  id: random.integer(1, 9_000),
  tag: 'v1.4.0',
  name: '1.4.0',
  description: 'Rounds once.',
  created_at: time(now),
  released_at: time(now),
  action,
  project,
})

const milestone: Family = (facts, action) => ({
  object_kind: 'milestone',
  event_type: 'milestone',
  project,
  object_attributes: {
    ...numbered(facts),
    title: 'First release',
    state: action === 'close' ? 'closed' : 'active',
    ...times(facts),
  },
  action,
})

const wikiPage: Family = (_facts, action) => ({
  object_kind: 'wiki_page',
  user,
  project,
  object_attributes: { slug: 'start', title: 'Start', format: 'markdown', content: 'Begin here.', action },
})

export const samples: SampleBook = {
  newId: (random) => random.uuid(),
  families: {
    build: job,
    deployment,
    issue: issue('issue'),
    merge_request: mergeRequest,
    milestone,
    note,
    pipeline,
    push: push('push', 'refs/heads/main'),
    release,
    tag_push: push('tag_push', 'refs/tags/v1.4.0'),
    wiki_page: wikiPage,
    work_item: issue('work_item'),
  },
}
