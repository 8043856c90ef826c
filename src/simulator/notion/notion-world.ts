import type { Provider } from '../../providers/provider.ts'
import { fieldsOf, ok, pageOf, route, shown } from '../answers.ts'
import { createEntityWorld, type Kind, type Shelf } from '../entity-world.ts'
import type { Random } from '../random.ts'
import type { Fields, Step } from '../step.ts'
import type { ApiReply, World } from '../world.ts'

const WORKSPACE = '13950b26-c203-4f3b-b97d-93ec06319565'

/** A workspace: pages and data sources are made, edited, thrown away and taken back. Its events say that, and not how. */
export const createNotionWorld = (provider: Provider, random: Random): World =>
  createEntityWorld(provider, random, {
    signsTime: false,
    kinds: { page: kindOf('page', 'properties_updated'), data_source: kindOf('data_source', 'schema_updated') },
    touch: (now) => ({ last_edited_time: now.toISOString() }),
    tell: ({ type, thing: { kind, id: entityId }, now }) => {
      const id = random.uuid()
      const parent = { id: WORKSPACE, type: 'space' }
      return {
        eventId: id,
        content: {
          id,
          timestamp: now.toISOString(),
          workspace_id: WORKSPACE,
          subscription_id: '29d75c0d-5546-4414-8459-7b7a92f1fc4b',
          integration_id: '0ef2e755-4912-8096-91c1-00376a88a5ca',
          type,
          attempt_number: 1,
          api_version: '2025-09-03',
          entity: { id: entityId, type: kind },
          data: { parent, ...(type === 'page.properties_updated' && { updated_properties: ['title'] }) },
        },
      }
    },
    read: (url, shelf) =>
      route(url, [[/\/v1\/(page|data_source)s\/([\w-]+)/, (kind = '', id = '') => shown(shelf.find(kind, id))]]),
    post: ({ pathname }, body, shelf) => (pathname === '/v1/search' ? search(body as Search, shelf) : undefined),
    explain: (status) => ({ object: 'error', status, code: 'refused', message: `Answered ${status}.` }),
  })

interface Search {
  filter?: { value?: string }
  page_size?: number
  start_cursor?: string
}

/** The latest edits first. */
function search({ filter, page_size: size = 100, start_cursor: cursor }: Search, shelf: Shelf): ApiReply {
  const latest = shelf
    .of(filter?.value ?? 'page')
    .toSorted((a, b) => String(b.fields['last_edited_time']).localeCompare(String(a.fields['last_edited_time'])))
  const { items, next } = pageOf(latest, Number(cursor ?? 0), Math.min(size, 100))
  return ok({
    object: 'list',
    results: fieldsOf(items),
    has_more: next !== undefined,
    next_cursor: next === undefined ? null : String(next),
  })
}

const become = (type: string, inTrash: boolean): Step => ({ type, changes: () => ({ in_trash: inTrash }) })

const kindOf = (kind: string, edited: string): Kind => ({
  begin({ random, now }) {
    const id = random.uuid()
    const fields: Fields = { object: kind, id, created_time: now.toISOString(), in_trash: false, title: random.hex(6) }
    return { id, type: `${kind}.created`, fields }
  },
  stage: ({ in_trash: inTrash }) => (inTrash === true ? 'trash' : 'there'),
  steps: {
    there: [
      { type: `${kind}.${edited}`, changes: (_thing, { random }) => ({ title: random.hex(6) }) },
      { type: `${kind}.${edited}`, changes: (_thing, { random }) => ({ title: random.hex(6) }) },
      become(`${kind}.deleted`, true),
    ],
    trash: [become(`${kind}.undeleted`, false)],
  },
})
