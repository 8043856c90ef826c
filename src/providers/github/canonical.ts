import { restReader, type EntityPaths } from '../rest-reader.ts'

/** Splits `owner/name/rest`. Only a ref has further slashes of its own that the API wants as slashes. */
function splitId(id: string): { repository: string; rest: string } {
  const [owner = '', name = '', ...rest] = id.split('/')
  return { repository: `/repos/${encodeURIComponent(owner)}/${encodeURIComponent(name)}`, rest: rest.join('/') }
}

const encodeSegments = (path: string): string => path.split('/').map(encodeURIComponent).join('/')

/** `read` with the ID at its end, and what is listed to prove the permission; by default the collection itself. */
const below = (collection: string, probe = collection) => {
  return (id: string): EntityPaths => {
    const { repository, rest } = splitId(id)
    return {
      read: `${repository}/${collection}/${encodeURIComponent(rest)}`,
      probe: `${repository}/${probe}?per_page=1`,
    }
  }
}

const nestedIn = (collection: string, inner: string) => {
  return (id: string): EntityPaths => {
    const { repository, rest } = splitId(id)
    const [outerId = '', innerId = ''] = rest.split('/').map(encodeURIComponent)
    return {
      read: `${repository}/${collection}/${outerId}/${inner}/${innerId}`,
      probe: `${repository}/${collection}?per_page=1`,
    }
  }
}

function ref(id: string): EntityPaths {
  const { repository, rest } = splitId(id)
  return { read: `${repository}/git/ref/${encodeSegments(rest)}`, probe: `${repository}/branches?per_page=1` }
}

/**
 * GitHub answers 404 for a repository that is gone and for one that we may no longer see: only its `deleted` event
 * tells.
 */
function repository(id: string): EntityPaths {
  const path = splitId(id).repository
  return { read: path, probe: path }
}

export const canonical = restReader({
  baseUrl: 'https://api.github.com',
  authorize: (token) => ({
    authorization: `Bearer ${token}`,
    accept: 'application/vnd.github+json',
    'x-github-api-version': '2022-11-28',
  }),
  paths: {
    check_run: below('check-runs', 'commits/HEAD/check-runs'),
    check_suite: below('check-suites', 'commits/HEAD/check-suites'),
    commit: below('commits'),
    commit_comment: below('comments'),
    deployment: below('deployments'),
    deployment_status: nestedIn('deployments', 'statuses'),
    issue: below('issues'),
    issue_comment: below('issues/comments'),
    label: below('labels'),
    milestone: below('milestones'),
    pull_request: below('pulls'),
    pull_request_review: nestedIn('pulls', 'reviews'),
    pull_request_review_comment: below('pulls/comments'),
    ref,
    release: below('releases'),
    repository,
    workflow_job: below('actions/jobs', 'actions/runs'),
    workflow_run: below('actions/runs'),
  },
})
