import { dateOf, textOf } from '../json-field.ts'
import type { EntityListing } from '../provider.ts'
import { COLLECTIONS } from './collections.ts'
import { collectionOf, queryCollection } from './graphql.ts'

const PAGE = 100

/** Whole collections, in the order of creation, which no change upsets. Linear lists no webhooks. */
export const entityListing: EntityListing = {
  kinds: Object.keys(COLLECTIONS),
  async page(api, { kind, cursor }) {
    const { nodes, next } = await queryCollection(api, collectionOf(kind), {
      declared: '$first: Int!, $after: String',
      args: 'first: $first, after: $after, orderBy: createdAt',
      fields: 'id updatedAt',
      variables: { first: PAGE, ...(cursor !== undefined && { after: cursor }) },
    })
    const entities = nodes.flatMap((state) => {
      const id = textOf(state['id'])
      return id === undefined ? [] : [{ entity: { kind, id }, state, changedAt: dateOf(state['updatedAt']) }]
    })
    return { entities, ...(next !== undefined && { next }) }
  },
}
