import { restReader, type EntityPaths } from '../rest-reader.ts'

/** `gh/acme/shop/<rest>`: every project has a name of three parts. */
const within = (path: (rest: string, project: string) => string) => {
  return (id: string): EntityPaths | undefined => {
    const [vcs, organization, name, rest] = id.split('/').map(encodeURIComponent)
    if (rest === undefined) return undefined
    const project = `/api/v2/project/${vcs}/${organization}/${name}`
    return { read: path(rest, project), probe: project }
  }
}

export const canonical = restReader({
  baseUrl: 'https://circleci.com',
  authorize: (token) => ({ 'circle-token': token }),
  paths: {
    job: within((number, project) => `${project}/job/${number}`),
    workflow: within((id) => `/api/v2/workflow/${id}`),
  },
})
