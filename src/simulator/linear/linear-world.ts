import { COLLECTIONS } from '../../providers/linear/collections.ts'
import type { Provider } from '../../providers/provider.ts'
import { numberIn, ok, pageOf } from '../answers.ts'
import { createEntityWorld, type Kind, type Shelf } from '../entity-world.ts'
import type { Random } from '../random.ts'
import type { Fields, Step } from '../step.ts'
import type { ApiReply, World } from '../world.ts'
import { parseSelection, type Selection, selectFrom } from './selection.ts'

const TEAM = { id: '72b2a2dc-6f4f-4423-9d34-24b5bd10634a', key: 'ENG', name: 'Engineering' }
const PERSON = { id: 'b5ea5f1f-8adc-4f52-b4bd-ab4e84cf51ba', name: 'Ada Quist' }

const TYPES: Readonly<Record<string, string>> = { issue: 'Issue', comment: 'Comment', project: 'Project' }

/** A workspace: issues, comments and projects. Its API is GraphQL: it answers the fields that it is asked for. */
export function createLinearWorld(provider: Provider, random: Random): World {
  const world = createEntityWorld(provider, random, {
    signsTime: true,
    kinds: { issue: issueKind(), comment, project },
    touch: (now) => ({ updatedAt: now.toISOString() }),
    tell: ({ type, thing: { kind, fields }, now }) => {
      const [, action] = type.split('.')
      return {
        eventId: random.uuid(),
        content: {
          action,
          type: TYPES[kind],
          createdAt: now.toISOString(),
          organizationId: 'd1a4e234-0000-4388-90fe-adc3633d6b72',
          data: { ...fields, teamId: TEAM.id },
          url: `https://linear.app/site/${kind}/${String(fields['id'])}`,
          webhookTimestamp: now.getTime(),
        },
      }
    },
    post: ({ pathname }, body, shelf) => (pathname === '/graphql' ? query(body as Query, shelf) : undefined),
    explain: (status) => ({ errors: [{ message: `Answered ${status}.`, extensions: { code: codeOf(status) } }] }),
  })
  // What is read of a thing are the fields that are asked for.
  const asked = new Map(
    Object.entries(COLLECTIONS).map(([kind, { fields }]) => [kind, parseSelection(`{ ${fields} }`)]),
  )
  return {
    ...world,
    truth: () =>
      world.truth().map(({ entity, state }) => ({
        entity,
        state:
          state === undefined ? undefined : selectFrom(state, asked.get(entity.kind) ?? new Map<string, Selection>()),
      })),
  }
}

const codeOf = (status: number): string =>
  ({ 401: 'AUTHENTICATION_ERROR', 429: 'RATELIMITED' })[status] ?? 'INTERNAL_SERVER_ERROR'

interface Query {
  query?: string
  variables?: { id?: string; first?: number; after?: string }
}

/** One page of a collection, as far as Posthorn asks for it: by ID, or in the order of coming. */
function query({ query: text = '', variables = {} }: Query, shelf: Shelf): ApiReply {
  const [, name] = /\{\s*(\w+)\s*\(/.exec(text) ?? []
  const kind = Object.keys(COLLECTIONS).find((candidate) => COLLECTIONS[candidate]?.name === name)
  if (kind === undefined || name === undefined) {
    return ok({ errors: [{ message: 'No such collection.', extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] })
  }
  const selection = parseSelection(text.slice(text.indexOf('nodes') + 'nodes'.length))
  const all = shelf.of(kind).filter(({ id }) => variables.id === undefined || variables.id === id)
  const start = all.findIndex(({ id }) => id === variables.after) + 1
  const { items, next } = pageOf(all, start, numberIn(new URLSearchParams(), 'first', variables.first ?? 50, 250))
  const pageInfo = { hasNextPage: next !== undefined, endCursor: items.at(-1)?.id ?? null }
  return ok({ data: { [name]: { nodes: items.map(({ fields }) => selectFrom(fields, selection)), pageInfo } } })
}

function newThing(
  type: string,
  random: Random,
  now: Date,
  fields: Fields,
): { id: string; type: string; fields: Fields } {
  const id = random.uuid()
  return { id, type: `${type}.create`, fields: { id, createdAt: now.toISOString(), archivedAt: null, ...fields } }
}

const always = (): string => 'there'

const update = (type: string, changes: Step['changes']): Step => ({ type: `${type}.update`, changes })

function issueKind(): Kind {
  let last = 0
  return {
    begin({ random, now }) {
      last += 1
      const identity = { number: last, identifier: `ENG-${last}`, title: 'It rains', priority: random.integer(0, 4) }
      const relations = {
        team: TEAM,
        creator: PERSON,
        state: { id: 's-1', name: 'Todo', type: 'unstarted' },
        labels: { nodes: [] },
      }
      return newThing('Issue', random, now, {
        ...identity,
        ...relations,
        url: `https://linear.app/site/issue/ENG-${last}`,
      })
    },
    stage: always,
    steps: {
      there: [
        update('Issue', (_issue, { random }) => ({ title: `It rains ${random.hex(4)}` })),
        update('Issue', (_issue, { random }) => ({ priority: random.integer(0, 4), estimate: random.integer(1, 8) })),
      ],
    },
    ends: 'Issue.remove',
  }
}

const comment: Kind = {
  begin: ({ random, now }) => newThing('Comment', random, now, { body: `Seen ${random.hex(4)}.`, user: PERSON }),
  stage: always,
  steps: { there: [update('Comment', (_comment, { random }) => ({ body: `Seen again ${random.hex(4)}.` }))] },
  ends: 'Comment.remove',
}

const project: Kind = {
  begin: ({ random, now }) =>
    newThing('Project', random, now, { name: `Totals ${random.hex(4)}`, progress: 0, lead: PERSON }),
  stage: always,
  steps: { there: [update('Project', ({ progress }) => ({ progress: Number(progress) + 0.01 }))] },
}
