import type { EntityRef } from '../../domain/event.ts'
import { ApiError } from '../api.ts'
import { isJsonObject, type JsonObject } from '../json-body.ts'
import type { CanonicalReader } from '../provider.ts'
import { callMethod } from './web-api.ts'

interface Call {
  method: string
  parameters: Readonly<Record<string, string>>
}

interface Reading extends Call {
  /** The entity within the answer. */
  pick(answer: JsonObject): unknown
  /** A neighbouring call that takes the same permission. */
  probe: Call
}

function message(id: string): Reading | undefined {
  const [channel, ts, ...rest] = id.split('/')
  if (!channel || !ts || rest.length > 0) return undefined
  return {
    // It finds a message of its own as well as a reply, unlike the channel's history.
    method: 'conversations.replies',
    parameters: { channel, ts, oldest: ts, latest: ts, inclusive: 'true', limit: '10' },
    pick: ({ messages }) =>
      Array.isArray(messages) ? messages.filter(isJsonObject).find((one) => one['ts'] === ts) : undefined,
    probe: { method: 'conversations.info', parameters: { channel } },
  }
}

/** A channel that is gone and one that we may no longer see are answered alike: only its own event tells. */
function channel(id: string): Reading {
  const call = { method: 'conversations.info', parameters: { channel: id } }
  return { ...call, pick: (answer) => answer['channel'], probe: call }
}

const READINGS: ReadonlyMap<string, (id: string) => Reading | undefined> = new Map<
  string,
  (id: string) => Reading | undefined
>([
  ['channel', channel],
  [
    'file',
    (file) => ({
      method: 'files.info',
      parameters: { file },
      pick: (answer) => answer['file'],
      probe: { method: 'files.list', parameters: { count: '1' } },
    }),
  ],
  ['message', message],
  [
    'user',
    (user) => ({
      method: 'users.info',
      parameters: { user },
      pick: (answer) => answer['user'],
      probe: { method: 'users.list', parameters: { limit: '1' } },
    }),
  ],
])

/** The Web API with a bot's token, `xoxb-…`, of the one workspace that it was installed in. */
export const canonical: CanonicalReader = {
  kinds: [...READINGS.keys()],
  baseUrl: 'https://slack.com/api',
  authorize: (token) => ({ authorization: `Bearer ${token}` }),
  async fetch(api, entity) {
    const { method, parameters, pick } = readingOf(entity)
    const answer = await callMethod(api, method, parameters)
    const state = answer && pick(answer)
    return isJsonObject(state) ? { found: true, state } : { found: false }
  },
  async probe(api, entity) {
    const { method, parameters } = readingOf(entity).probe
    if ((await callMethod(api, method, parameters)) === undefined) {
      throw new ApiError(`${method} finds nothing`, { status: 404 })
    }
  },
}

function readingOf({ kind, id }: EntityRef): Reading {
  const reading = READINGS.get(kind)?.(id)
  if (reading === undefined)
    throw new ApiError(`there is no canonical read for ${kind} ${JSON.stringify(id)}`, { status: 400 })
  return reading
}
