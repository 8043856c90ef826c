import { restReader, type EntityPaths } from '../rest-reader.ts'

/** Splits `project/rest`. Only names of branches, tags and the like have slashes of their own. */
function splitId(id: string): { project: string; rest: string } {
  const [project = '', ...rest] = id.split('/')
  return { project: `/projects/${encodeURIComponent(project)}`, rest: rest.join('/') }
}

/** `read` with the rest of the ID as one segment, and the collection to prove the permission. */
const below = (collection: string) => {
  return (id: string): EntityPaths => {
    const { project, rest } = splitId(id)
    return {
      read: `${project}/${collection}/${encodeURIComponent(rest)}`,
      probe: `${project}/${collection}?per_page=1`,
    }
  }
}

/** `15/issues/23/301` */
function note(id: string): EntityPaths {
  const { project, rest } = splitId(id)
  const [collection = '', parent = '', noteId = ''] = rest.split('/').map(encodeURIComponent)
  return {
    read: `${project}/${collection}/${parent}/notes/${noteId}`,
    probe: `${project}/${collection}?per_page=1`,
  }
}

/** The token may be personal, of a project, of a group or of OAuth: a bearer, all of them. */
export const canonical = restReader({
  baseUrl: 'https://gitlab.com/api/v4',
  authorize: (token) => ({ authorization: `Bearer ${token}` }),
  paths: {
    branch: below('repository/branches'),
    deployment: below('deployments'),
    feature_flag: below('feature_flags'),
    issue: below('issues'),
    job: below('jobs'),
    merge_request: below('merge_requests'),
    milestone: below('milestones'),
    note,
    pipeline: below('pipelines'),
    release: below('releases'),
    tag: below('repository/tags'),
    wiki_page: below('wikis'),
  },
})
