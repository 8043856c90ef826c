import { ApiError, type ReadableApi } from './api.ts'
import { isJsonObject, type JsonObject } from './json-body.ts'

export interface ListPage {
  entries: unknown[]
  /** What the entries stand in; empty where the list is all of the answer. */
  answer: JsonObject
  headers: Headers
}

/**
 * One page of a list. `entriesIn` finds the entries in an answer that holds more than them.
 * @throws ApiError also for an answer that is none: taken for an empty list, it would prove completeness.
 */
export async function readListPage(
  api: ReadableApi,
  path: string,
  entriesIn?: (answer: JsonObject) => unknown,
): Promise<ListPage> {
  const { status, json, headers } = await api.get(path)
  const [place = path] = path.split('?', 1)
  if (status !== 200) throw new ApiError(`GET ${place} answered ${status}`, { status })
  const answer = isJsonObject(json) ? json : undefined
  const entries = entriesIn === undefined ? json : answer && entriesIn(answer)
  if (!Array.isArray(entries)) throw new ApiError(`GET ${place} answered no list`)
  return { entries, answer: answer ?? {}, headers }
}
