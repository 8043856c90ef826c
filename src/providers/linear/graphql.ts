import { ApiError, type ProviderApi } from '../api.ts'
import { isJsonObject, type JsonObject } from '../json-body.ts'
import { objectOf, textOf } from '../json-field.ts'
import { COLLECTIONS, type Collection } from './collections.ts'

const WHILE_LIMITED_MS = 60_000

/** @throws ApiError for a kind that has no collection. */
export function collectionOf(kind: string): Collection {
  const collection = Object.hasOwn(COLLECTIONS, kind) ? COLLECTIONS[kind] : undefined
  if (collection === undefined) throw new ApiError(`Linear has no collection of ${kind}`, { status: 400 })
  return collection
}

/** One page of a collection, archived members with it. `declared` are the variables of `args`. */
export async function queryCollection(
  api: ProviderApi,
  { name, also }: Collection,
  query: { declared: string; args: string; fields: string; variables: JsonObject },
): Promise<{ nodes: JsonObject[]; next: string | undefined }> {
  const args = ['includeArchived: true', also, query.args].filter((one) => one !== undefined).join(', ')
  const text = `query(${query.declared}) { ${name}(${args}) { nodes { ${query.fields} } pageInfo { hasNextPage endCursor } } }`
  const answer = objectOf((await ask(api, text, query.variables))[name])
  const nodes: unknown = answer['nodes']
  if (!Array.isArray(nodes)) throw new ApiError(`${name} answered no list`)
  const { hasNextPage, endCursor } = objectOf(answer['pageInfo'])
  return { nodes: nodes.filter(isJsonObject), next: hasNextPage === true ? textOf(endCursor) : undefined }
}

async function ask(api: ProviderApi, query: string, variables: JsonObject): Promise<JsonObject> {
  const { status, json } = await api.post('/graphql', { query, variables }).catch(asLimit)
  if (status !== 200) throw new ApiError(`POST /graphql answered ${status}`, { status })
  if (!isJsonObject(json)) throw new ApiError('POST /graphql answered something that is not an object')
  const [error] = Array.isArray(json['errors']) ? (json['errors'] as unknown[]) : []
  if (error !== undefined) throw refusal(objectOf(objectOf(error)['extensions']))
  return objectOf(json['data'])
}

/** Whoever is over a limit is refused with 400. The queries of this room are fixed, so that nothing else of them can be wrong. */
function asLimit(error: unknown): never {
  if (!(error instanceof ApiError) || error.status !== 400) throw error
  throw limited(error)
}

const limited = (cause?: ApiError): ApiError =>
  new ApiError('Linear limits us', { status: 429, retryAfterMs: cause?.retryAfterMs ?? WHILE_LIMITED_MS, cause })

/** Errors come with 200, too. */
function refusal(extensions: JsonObject): ApiError {
  const code = textOf(extensions['code']) ?? 'an error without a code'
  if (code === 'RATELIMITED') return limited()
  const message = `POST /graphql answered ${code}`
  if (code === 'AUTHENTICATION_ERROR') return new ApiError(message, { status: 401 })
  if (code === 'FORBIDDEN' || code === 'FEATURE_NOT_ACCESSIBLE') return new ApiError(message, { status: 403 })
  return new ApiError(message, { status: code === 'INTERNAL_SERVER_ERROR' ? 500 : 400 })
}
