import { ApiError } from '../api.ts'
import type { CanonicalReader } from '../provider.ts'
import { COLLECTIONS } from './collections.ts'
import { collectionOf, queryCollection } from './graphql.ts'

/** The GraphQL API, with a personal key or with a token of OAuth. */
export const canonical: CanonicalReader = {
  kinds: Object.keys(COLLECTIONS),
  baseUrl: 'https://api.linear.app',
  authorize: (token) => ({ authorization: token.startsWith('lin_api_') ? token : `Bearer ${token}` }),
  async fetch(api, { kind, id }) {
    const collection = collectionOf(kind)
    if (!/^[\w-]+$/.test(id)) throw new ApiError(`Linear has no ${kind} ${JSON.stringify(id)}`, { status: 400 })
    const { nodes } = await queryCollection(api, collection, {
      declared: '$id: ID!',
      args: 'first: 1, filter: { id: { eq: $id } }',
      fields: collection.fields,
      variables: { id },
    })
    const [state] = nodes
    return state === undefined ? { found: false } : { found: true, state }
  },
  async probe(api, { kind }) {
    await queryCollection(api, collectionOf(kind), {
      declared: '$first: Int!',
      args: 'first: $first',
      fields: 'id',
      variables: { first: 1 },
    })
  },
}
