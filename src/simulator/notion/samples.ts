import type { Fields } from '../step.ts'
import type { Family, SampleBook, SampleFacts } from '../sample.ts'

const WORKSPACE = '13950b26-c203-4f3b-b97d-93ec06319565'

/** What an event says beside what it is about. */
function own(type: string, name: string, random: SampleFacts['random']): Fields {
  const parent = { id: WORKSPACE, type: 'space' }
  if (type === 'file_upload') return {}
  if (type === 'comment') return { page_id: random.uuid(), parent: { id: random.uuid(), type: 'page' } }
  if (type === 'page' && name === 'content_updated')
    return { parent, updated_blocks: [{ id: random.uuid(), type: 'block' }] }
  if (type === 'page' && name === 'properties_updated') return { parent, updated_properties: ['title'] }
  return { parent }
}

const event =
  (type: string): Family =>
  ({ id, now, random }, name) => ({
    id,
    timestamp: now.toISOString(),
    workspace_id: WORKSPACE,
    workspace_name: 'Acme',
    subscription_id: '29d75c0d-5546-4414-8459-7b7a92f1fc4b',
    integration_id: '0ef2e755-4912-8096-91c1-00376a88a5ca',
    type: `${type}.${name}`,
    authors: [{ id: 'c7c11cca-1d73-471d-9b6e-bdef51470190', type: 'person' }],
    accessible_by: [{ id: '556a1abf-4f08-40c6-878a-75890d2a88ba', type: 'person' }],
    attempt_number: 1,
    api_version: '2025-09-03',
    entity: { id: random.uuid(), type },
    data: own(type, name, random),
  })

export const samples: SampleBook = {
  newId: (random) => random.uuid(),
  families: Object.fromEntries(
    ['comment', 'data_source', 'database', 'file_upload', 'page'].map((type) => [type, event(type)]),
  ),
}
