import type { EntityRef } from '../domain/event.ts'
import { ApiError, type ReadableApi } from './api.ts'
import { isJsonObject, type JsonObject } from './json-body.ts'
import type { CanonicalReader } from './provider.ts'

/**
 * Where an entity stands in a REST API, and a neighbouring read that needs the same permission and finds something
 * always.
 */
export interface EntityPaths {
  read: string
  probe: string
}

/** Where a REST API has its entities, and how a call proves itself there. */
export interface RestReaderOptions {
  baseUrl: string
  authorize: (token: string) => Record<string, string>
  /** By entity kind, from the entity's ID; undefined for one that cannot be. */
  paths: Readonly<Record<string, (id: string) => EntityPaths | undefined>>
  /** Headers of reads on behalf of another account. */
  accountHeaders?: (account: string) => Record<string, string>
  /** A successful answer that says the entity is gone. */
  isGone?: (state: JsonObject) => boolean
}

/** A canonical reader for APIs that have one URL per entity. */
export function restReader(options: RestReaderOptions): CanonicalReader {
  const headersFor = (account: string | undefined): Record<string, string> =>
    account === undefined ? {} : (options.accountHeaders?.(account) ?? {})
  return {
    kinds: Object.keys(options.paths),
    baseUrl: options.baseUrl,
    authorize: options.authorize,
    async fetch(api, entity, account) {
      const state = await readObject(api, pathsOf(options, entity).read, headersFor(account))
      return state === undefined || options.isGone?.(state) ? { found: false } : { found: true, state }
    },
    async probe(api, entity, account) {
      const { probe } = pathsOf(options, entity)
      const { status } = await api.get(probe, headersFor(account))
      if (status !== 200) throw new ApiError(`GET ${probe} answered ${status}`, { status })
    },
  }
}

function pathsOf(options: RestReaderOptions, entity: EntityRef): EntityPaths {
  const paths = Object.hasOwn(options.paths, entity.kind) ? options.paths[entity.kind]?.(entity.id) : undefined
  if (paths === undefined || climbs(paths.read)) {
    throw new ApiError(`there is no canonical read for ${entity.kind} ${JSON.stringify(entity.id)}`, { status: 400 })
  }
  return paths
}

/** A URL parser resolves dot segments, so an ID that is one would name another resource, read with our credential. */
const climbs = (path: string): boolean => path.split(/[/?]/).some((segment) => segment === '.' || segment === '..')

async function readObject(
  api: ReadableApi,
  path: string,
  headers: Record<string, string>,
): Promise<JsonObject | undefined> {
  const { status, json } = await api.get(path, headers)
  if (status === 404 || status === 410) return undefined
  // No status: a proxy or a maintenance page speaks here, which passes, unlike an answer of the API itself.
  if (!isJsonObject(json)) throw new ApiError(`GET ${path} answered something that is not an object`)
  return json
}
