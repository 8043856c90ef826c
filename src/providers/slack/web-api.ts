import { ApiError, type ReadableApi } from '../api.ts'
import { isJsonObject, type JsonObject } from '../json-body.ts'
import { textOf } from '../json-field.ts'

/** What Slack says of an object that is not there, or that the token's user cannot see. */
const ABSENT = new Set([
  'channel_not_found',
  'file_deleted',
  'file_not_found',
  'message_not_found',
  'thread_not_found',
  'user_not_found',
])

const OUTAGES = new Set([
  'fatal_error',
  'internal_error',
  'request_timeout',
  'service_unavailable',
  'team_added_to_org',
])

/**
 * Calls a method of the Web API, which answers 200 to nearly everything and says in the body how it went. Undefined: what was asked
 * for is not there.
 * @throws ApiError
 */
export async function callMethod(
  api: ReadableApi,
  method: string,
  parameters: Readonly<Record<string, string>>,
): Promise<JsonObject | undefined> {
  const { status, json } = await api.get(`/${method}?${new URLSearchParams(parameters).toString()}`)
  if (status !== 200) throw new ApiError(`${method} answered ${status}`, { status })
  // No status: a proxy or a maintenance page speaks here, which passes.
  if (!isJsonObject(json)) throw new ApiError(`${method} answered something that is not an object`)
  if (json['ok'] === true) return json
  const error = textOf(json['error']) ?? 'no error that it names'
  if (ABSENT.has(error)) return undefined
  throw new ApiError(`${method} answered ${error}`, { status: statusOf(error) })
}

function statusOf(error: string): number {
  if (error === 'ratelimited') return 429
  if (OUTAGES.has(error)) return 503
  return /^(access_|account_|invalid_auth|missing_scope|not_|no_permission|org_login|team_access|token_|ekm_)/.test(
    error,
  )
    ? 403
    : 400
}
