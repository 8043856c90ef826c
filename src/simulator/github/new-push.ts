import type { Random } from '../random.ts'
import { API, apiTime, type GithubObject, nodeId } from './github-objects.ts'

export interface PushedCommit {
  repository: GithubObject
  author: GithubObject
  sha: string
  /** The commit before. */
  parent: string
  message: string
  file: string
  at: Date
}

export function newCommit(
  random: Random,
  commit: Pick<PushedCommit, 'repository' | 'author' | 'parent' | 'at'>,
): PushedCommit {
  return {
    ...commit,
    sha: random.hex(40),
    message: random.pick(['Round once', 'Say why the export stopped', 'Keep the filter', 'Use UTC in reports']),
    file: random.pick(['src/totals.ts', 'src/export.ts', 'src/report.ts']),
  }
}

const signatureOf = (author: GithubObject) => ({
  name: String(author['login']),
  email: `${String(author['login'])}@users.noreply.github.com`,
})

/** What a `push` says: in it a repository's times are numbers where the API gives text. */
export function pushOf({ repository, author, sha, parent, message, file, at }: PushedCommit): GithubObject {
  const site = String(repository['html_url'])
  const signature = { ...signatureOf(author), username: author['login'] }
  const commit = {
    id: sha,
    tree_id: treeOf(sha),
    distinct: true,
    message,
    timestamp: apiTime(at),
    url: `${site}/commit/${sha}`,
    author: signature,
    committer: signature,
    added: [],
    removed: [],
    modified: [file],
  }
  return {
    ref: 'refs/heads/main',
    before: parent,
    after: sha,
    repository: {
      ...repository,
      created_at: Math.floor(Date.parse(String(repository['created_at'])) / 1000),
      pushed_at: Math.floor(at.getTime() / 1000),
      stargazers: repository['stargazers_count'],
      master_branch: 'main',
    },
    pusher: signatureOf(author),
    created: false,
    deleted: false,
    forced: false,
    base_ref: null,
    compare: `${site}/compare/${parent.slice(0, 12)}...${sha.slice(0, 12)}`,
    commits: [commit],
    head_commit: commit,
  }
}

/** What the API says of a commit. */
export function commitOf({ repository, author, sha, parent, message, file, at }: PushedCommit): GithubObject {
  const api = String(repository['url'])
  const site = String(repository['html_url'])
  const signature = { ...signatureOf(author), date: apiTime(at) }
  const tree = treeOf(sha)
  return {
    sha,
    node_id: nodeId('C', sha),
    commit: {
      author: signature,
      committer: signature,
      message,
      tree: { sha: tree, url: `${api}/git/trees/${tree}` },
      url: `${api}/git/commits/${sha}`,
      comment_count: 0,
      verification: { verified: false, reason: 'unsigned', signature: null, payload: null, verified_at: null },
    },
    url: `${api}/commits/${sha}`,
    html_url: `${site}/commit/${sha}`,
    comments_url: `${api}/commits/${sha}/comments`,
    author,
    committer: author,
    parents: [{ sha: parent, url: `${api}/commits/${parent}`, html_url: `${site}/commit/${parent}` }],
    stats: { total: 2, additions: 1, deletions: 1 },
    files: [{ filename: file, status: 'modified', additions: 1, deletions: 1, changes: 2 }],
  }
}

const treeOf = (sha: string): string => [...sha].reverse().join('')

/** What the API says of a main branch. */
export const refTo = ({ repository, sha }: PushedCommit): GithubObject => ({
  ref: 'refs/heads/main',
  node_id: nodeId('REF', String(repository['full_name'])),
  url: `${String(repository['url'])}/git/refs/heads/main`,
  object: { sha, type: 'commit', url: `${API}/repos/${String(repository['full_name'])}/git/commits/${sha}` },
})
