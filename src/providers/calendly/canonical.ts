import { isJsonObject } from '../json-body.ts'
import type { CanonicalReader } from '../provider.ts'
import { restReader } from '../rest-reader.ts'

export const API = 'https://api.calendly.com'

const at = (collection: string) => (id: string) => ({
  read: `/${collection}/${encodeURIComponent(id)}`,
  // Whatever else is listed wants to be told whose it is.
  probe: '/users/me',
})

const reader = restReader({
  baseUrl: API,
  authorize: (token) => ({ authorization: `Bearer ${token}` }),
  paths: {
    event_type: at('event_types'),
    routing_form_submission: at('routing_form_submissions'),
    scheduled_event: at('scheduled_events'),
  },
})

export const canonical: CanonicalReader = {
  ...reader,
  async fetch(api, entity, account) {
    const read = await reader.fetch(api, entity, account)
    return read.found ? { ...read, state: unwrapped(read.state) } : read
  },
}

/** `{"resource":{…}}`, as every answer wraps what it holds. */
const unwrapped = (state: unknown): unknown =>
  isJsonObject(state) && isJsonObject(state['resource']) ? state['resource'] : state
