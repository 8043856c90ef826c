import type { Family, SampleBook, SampleFacts } from '../sample.ts'

const actor = {
  display_name: 'Ada Quist',
  type: 'user',
  uuid: '{7ea2e7dd-3b46-4fb6-9a42-8ac3a7a3d8ba}',
  nickname: 'ada',
}
const repository = {
  type: 'repository',
  uuid: '{673a6070-3421-46c9-9d48-90745f7bfe8e}',
  full_name: 'team/site',
  name: 'site',
  workspace: { type: 'workspace', slug: 'team', uuid: '{1d0b8d6a-41a4-4d52-b06a-1c5c3b0c9d1e}' },
}

/** Cloud writes six digits behind the second, and the zone. */
const time = (at: Date): string => at.toISOString().replace('Z', '000+00:00')

const STATES: Readonly<Record<string, string>> = { fulfilled: 'MERGED', rejected: 'DECLINED' }

const pullrequestOf = ({ now, random }: SampleFacts, state: string) => ({
  id: random.integer(1, 400),
  type: 'pullrequest',
  title: 'A wider viewport',
  state,
  author: actor,
  source: {
    branch: { name: 'viewport' },
    commit: { hash: random.hex(12) },
    repository: { full_name: repository.full_name },
  },
  destination: {
    branch: { name: 'main' },
    commit: { hash: random.hex(12) },
    repository: { full_name: repository.full_name },
  },
  created_on: time(now),
  updated_on: time(now),
})
const commentOf = ({ now, random }: SampleFacts) => ({
  id: random.integer(1, 900_000),
  content: { raw: 'Looks good.' },
  user: actor,
  created_on: time(now),
  updated_on: time(now),
})
const issueOf = ({ now, random }: SampleFacts) => ({
  id: random.integer(1, 90),
  title: 'It rains',
  state: 'new',
  kind: 'bug',
  created_on: time(now),
  updated_on: time(now),
})

const pullrequest: Family = (facts, name) => {
  const date = time(facts.now)
  return {
    actor,
    repository,
    pullrequest: pullrequestOf(facts, STATES[name] ?? 'OPEN'),
    ...(name.startsWith('comment_') && { comment: commentOf(facts) }),
    ...(/^(un)?approved$/.test(name) && { approval: { date, user: actor } }),
    ...(name.startsWith('changes_request_') && { changes_request: { date, user: actor } }),
  }
}

const issue: Family = (facts, name) => ({
  actor,
  repository,
  issue: issueOf(facts),
  ...(name === 'comment_created' && { comment: commentOf(facts) }),
})

const push: Family = ({ now, random }) => {
  const at = (hash: string) => ({ type: 'branch', name: 'main', target: { type: 'commit', hash, date: time(now) } })
  const change = { old: at(random.hex(40)), new: at(random.hex(40)), created: false, closed: false, forced: false }
  return { actor, repository, push: { changes: [change] } }
}

const commitComment: Family = (facts) => ({
  actor,
  repository,
  comment: commentOf(facts),
  commit: { type: 'commit', hash: facts.random.hex(40) },
})

const commitStatus: Family = ({ now, random }) => {
  const hash = random.hex(40)
  const href = `https://api.bitbucket.org/2.0/repositories/${repository.full_name}/commit/${hash}`
  const times = { created_on: time(now), updated_on: time(now) }
  const status = {
    type: 'build',
    key: 'build-main',
    name: 'Build',
    state: 'SUCCESSFUL',
    url: 'https://ci.example.com/1',
  }
  return { actor, repository, commit_status: { ...status, ...times, links: { commit: { href } } } }
}

/** Data Center: the event names itself, and writes the zone without a colon. */
const serverTime = (at: Date): string => at.toISOString().replace(/\.\d+Z$/, '+0000')
const serverRepository = { slug: 'site', id: 84, name: 'site', project: { key: 'PROJ', id: 3 } }
const serverActor = { name: 'ada', emailAddress: 'ada@example.com', id: 1 }

const serverPullRequest: Family = ({ now, random }, name) => ({
  eventKey: `pr:${name}`,
  date: serverTime(now),
  actor: serverActor,
  pullRequest: {
    id: random.integer(1, 400),
    version: 1,
    title: 'A new file',
    state: { merged: 'MERGED', declined: 'DECLINED' }[name] ?? 'OPEN',
    fromRef: { id: 'refs/heads/file', displayId: 'file', repository: serverRepository },
    toRef: { id: 'refs/heads/main', displayId: 'main', repository: serverRepository },
  },
})

const refsChanged: Family = ({ now, random }) => {
  const [fromHash, toHash] = [random.hex(40), random.hex(40)]
  return {
    eventKey: 'repo:refs_changed',
    date: serverTime(now),
    actor: serverActor,
    repository: serverRepository,
    changes: [{ ref: { id: 'refs/heads/main' }, refId: 'refs/heads/main', fromHash, toHash, type: 'UPDATE' }],
  }
}

export const samples: SampleBook = {
  newId: (random) => random.uuid(),
  families: {
    pullrequest,
    issue,
    pr: serverPullRequest,
    'repo:push': push,
    'repo:commit_comment_created': commitComment,
    'repo:commit_status_created': commitStatus,
    'repo:commit_status_updated': commitStatus,
    'repo:refs_changed': refsChanged,
  },
}
