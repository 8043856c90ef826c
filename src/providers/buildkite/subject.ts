import type { EntityRef } from '../../domain/event.ts'
import type { JsonObject } from '../json-body.ts'
import { dateOf, objectOf, textOf } from '../json-field.ts'

/** What one event is about. */
export interface Subject {
  /** Composed of what happened to it; absent where nothing tells one such event from the next. */
  key?: string
  entity?: EntityRef
  since?: Date
  organization?: string
}

/** When something came into its state, the latest first. */
const TIMES = [
  'finished_at',
  'unblocked_at',
  'disconnected_at',
  'lost_at',
  'started_at',
  'scheduled_at',
  'created_at',
] as const

/** A job is told of with its build, which is what can be read. */
export function subjectOf(type: string, body: JsonObject): Subject {
  const [family = ''] = type.split('.', 1)
  const about = objectOf(body[family])
  const time = TIMES.map((name) => textOf(about[name])).find((value) => value !== undefined)
  const parts = [textOf(about['id']), textOf(about['state']) ?? textOf(about['connection_state']), time]
  const since = dateOf(time)
  const place = placeOf(family === 'agent' ? about : objectOf(body['build']))
  return {
    ...(!parts.includes(undefined) && { key: parts.join(':') }),
    ...(since !== undefined && { since }),
    ...place,
  }
}

const AGENT = /\/organizations\/([^/]+)\/agents\/([^/?#]+)$/
const BUILD = /\/organizations\/([^/]+)\/pipelines\/([^/]+)\/builds\/(\d+)$/

/** An object says where it stands in the API, and nowhere else which organization is meant. */
function placeOf(object: JsonObject): Pick<Subject, 'entity' | 'organization'> {
  const url = textOf(object['url']) ?? ''
  const [, agentsOf, agent] = AGENT.exec(url) ?? []
  if (agentsOf !== undefined) {
    return { organization: agentsOf, entity: { kind: 'agent', id: `${agentsOf}/${agent}` } }
  }
  const [, organization, pipeline, number] = BUILD.exec(url) ?? []
  if (organization === undefined) return {}
  return { organization, entity: { kind: 'build', id: `${organization}/${pipeline}/${number}` } }
}
