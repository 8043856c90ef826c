import { restReader, type EntityPaths } from '../rest-reader.ts'

const at = (collection: string) => {
  return (id: string): EntityPaths => ({
    read: `/v1/${collection}/${encodeURIComponent(id)}`,
    probe: `/v1/${collection}?limit=1`,
  })
}

/**
 * Assumed, for the guide says only that a REST API exists: one URL per entity below `/v1`, one list per collection, a
 * bearer token, the host of the guide's recording URL. An installation where that differs sets `api.baseUrl` or
 * composes its own provider from this one.
 */
export const canonical = restReader({
  baseUrl: 'https://api.team-connect.co.uk',
  authorize: (token) => ({ authorization: `Bearer ${token}` }),
  paths: { call: at('calls'), sms: at('sms'), agent: at('agents') },
})
