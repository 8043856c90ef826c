import { restReader, type EntityPaths } from '../rest-reader.ts'

/** `team/site/rest`. Only names of branches and tags have slashes of their own. */
function splitId(id: string): { repository: string; rest: string[] } {
  const [workspace = '', slug = '', ...rest] = id.split('/')
  return { repository: `/2.0/repositories/${encodeURIComponent(workspace)}/${encodeURIComponent(slug)}`, rest }
}

/** `collection` with the rest of the ID as one segment, and what is listed to prove the permission; by default the collection itself. */
const below = (collection: string, probe = collection) => {
  return (id: string): EntityPaths => {
    const { repository, rest } = splitId(id)
    return {
      read: `${repository}/${collection}/${encodeURIComponent(rest.join('/'))}`,
      probe: `${repository}/${probe}?pagelen=1`,
    }
  }
}

const nestedIn = (collection: string, inner: string, probe = collection) => {
  return (id: string): EntityPaths => {
    const { repository, rest } = splitId(id)
    const [outerId = '', innerId = ''] = rest
    return {
      read: `${repository}/${collection}/${encodeURIComponent(outerId)}/${inner}/${innerId}`,
      probe: `${repository}/${probe}?pagelen=1`,
    }
  }
}

/** What is gone and what we may no longer see are answered alike, and no event tells that a repository is gone. */
function repository(id: string): EntityPaths {
  const path = splitId(id).repository
  return { read: path, probe: path }
}

/** In Data Center, below the server that the source names. */
function serverPullRequest(id: string): EntityPaths {
  const [project = '', slug = '', number = ''] = id.split('/').map(encodeURIComponent)
  const collection = `/rest/api/1.0/projects/${project}/repos/${slug}/pull-requests`
  return { read: `${collection}/${number}`, probe: `${collection}?limit=1` }
}

export const canonical = restReader({
  baseUrl: 'https://api.bitbucket.org',
  authorize,
  paths: {
    branch: below('refs/branches'),
    commit: below('commit', 'commits'),
    commit_comment: nestedIn('commit', 'comments', 'commits'),
    commit_status: nestedIn('commit', 'statuses/build', 'commits'),
    issue: below('issues'),
    issue_comment: nestedIn('issues', 'comments'),
    pull_request: below('pullrequests'),
    pull_request_comment: nestedIn('pullrequests', 'comments'),
    repository,
    server_pull_request: serverPullRequest,
    tag: below('refs/tags'),
  },
})

/** Access tokens go alone; an API token goes with its owner's address: `ada@example.com:ATATT…`. */
function authorize(token: string): Record<string, string> {
  const isPair = token.includes(':')
  return { authorization: isPair ? `Basic ${Buffer.from(token).toString('base64')}` : `Bearer ${token}` }
}
