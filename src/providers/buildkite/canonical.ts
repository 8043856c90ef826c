import { restReader } from '../rest-reader.ts'

const parts = (id: string): string[] => id.split('/').map(encodeURIComponent)

/** A build comes with its jobs, which no webhook about it has. */
export const canonical = restReader({
  baseUrl: 'https://api.buildkite.com',
  authorize: (token) => ({ authorization: `Bearer ${token}` }),
  paths: {
    agent(id) {
      const [organization = '', agent = ''] = parts(id)
      const agents = `/v2/organizations/${organization}/agents`
      return { read: `${agents}/${agent}`, probe: `${agents}?per_page=1` }
    },
    build(id) {
      const [organization = '', pipeline = '', number = ''] = parts(id)
      const builds = `/v2/organizations/${organization}/pipelines/${pipeline}/builds`
      return { read: `${builds}/${number}`, probe: `${builds}?per_page=1` }
    },
  },
})
