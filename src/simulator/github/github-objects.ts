export type GithubObject = Record<string, unknown>

export const API = 'https://api.github.com'
export const SITE = 'https://github.com'

/** URLs of an object, each the same prefix and a suffix of its own. */
export const links = (prefix: string, suffixes: Readonly<Record<string, string>>): GithubObject =>
  Object.fromEntries(Object.entries(suffixes).map(([name, suffix]) => [name, prefix + suffix]))

export const nodeId = (kind: string, id: number | string): string => Buffer.from(`${kind}${id}`).toString('base64')

const USER_LINKS = {
  url: '',
  followers_url: '/followers',
  following_url: '/following{/other_user}',
  gists_url: '/gists{/gist_id}',
  starred_url: '/starred{/owner}{/repo}',
  subscriptions_url: '/subscriptions',
  organizations_url: '/orgs',
  repos_url: '/repos',
  events_url: '/events{/privacy}',
  received_events_url: '/received_events',
}

export function newAccount(type: 'User' | 'Organization', login: string, id: number): GithubObject {
  return {
    login,
    id,
    node_id: nodeId(`0${type.length}:${type}`, id),
    avatar_url: `https://avatars.githubusercontent.com/u/${id}?v=4`,
    gravatar_id: '',
    ...links(`${API}/users/${login}`, USER_LINKS),
    html_url: `${SITE}/${login}`,
    type,
    user_view_type: 'public',
    site_admin: false,
  }
}

const REPOSITORY_LINKS = {
  url: '',
  forks_url: '/forks',
  keys_url: '/keys{/key_id}',
  collaborators_url: '/collaborators{/collaborator}',
  teams_url: '/teams',
  hooks_url: '/hooks',
  issue_events_url: '/issues/events{/number}',
  events_url: '/events',
  assignees_url: '/assignees{/user}',
  branches_url: '/branches{/branch}',
  tags_url: '/tags',
  blobs_url: '/git/blobs{/sha}',
  git_tags_url: '/git/tags{/sha}',
  git_refs_url: '/git/refs{/sha}',
  trees_url: '/git/trees{/sha}',
  statuses_url: '/statuses/{sha}',
  languages_url: '/languages',
  stargazers_url: '/stargazers',
  contributors_url: '/contributors',
  subscribers_url: '/subscribers',
  subscription_url: '/subscription',
  commits_url: '/commits{/sha}',
  git_commits_url: '/git/commits{/sha}',
  comments_url: '/comments{/number}',
  issue_comment_url: '/issues/comments{/number}',
  contents_url: '/contents/{+path}',
  compare_url: '/compare/{base}...{head}',
  merges_url: '/merges',
  archive_url: '/{archive_format}{/ref}',
  downloads_url: '/downloads',
  issues_url: '/issues{/number}',
  pulls_url: '/pulls{/number}',
  milestones_url: '/milestones{/number}',
  notifications_url: '/notifications{?since,all,participating}',
  labels_url: '/labels{/name}',
  releases_url: '/releases{/id}',
  deployments_url: '/deployments',
}

export interface NewRepository {
  owner: GithubObject
  name: string
  id: number
  createdAt: string
}

export function newRepository({ owner, name, id, createdAt }: NewRepository): GithubObject {
  const fullName = `${String(owner['login'])}/${name}`
  return {
    id,
    node_id: nodeId('010:Repository', id),
    name,
    full_name: fullName,
    private: false,
    owner,
    html_url: `${SITE}/${fullName}`,
    description: `The ${name} of a company that exists in a simulator only.`,
    fork: false,
    ...links(`${API}/repos/${fullName}`, REPOSITORY_LINKS),
    created_at: createdAt,
    updated_at: createdAt,
    pushed_at: createdAt,
    git_url: `git://github.com/${fullName}.git`,
    ssh_url: `git@github.com:${fullName}.git`,
    clone_url: `${SITE}/${fullName}.git`,
    svn_url: `${SITE}/${fullName}`,
    homepage: null,
    size: 128,
    stargazers_count: 0,
    watchers_count: 0,
    language: 'TypeScript',
    has_issues: true,
    has_projects: true,
    has_downloads: true,
    has_wiki: true,
    has_pages: false,
    has_discussions: false,
    forks_count: 0,
    mirror_url: null,
    archived: false,
    disabled: false,
    open_issues_count: 0,
    license: null,
    allow_forking: true,
    is_template: false,
    web_commit_signoff_required: false,
    topics: [],
    visibility: 'public',
    forks: 0,
    open_issues: 0,
    watchers: 0,
    default_branch: 'main',
  }
}

/** GitHub's API writes times in UTC and without fractions of a second. */
export const apiTime = (at: Date): string => at.toISOString().replace(/\.\d+Z$/, 'Z')
