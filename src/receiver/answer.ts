import type { ParameterizedContext } from 'koa'
import { ERRORS, type ErrorCode, PosthornError } from '../domain/errors.ts'

/** A refusal that needs headers of its own, such as `Allow` or `Retry-After`. */
export class Refusal extends PosthornError {
  override readonly name = 'Refusal'
  readonly headers: Readonly<Record<string, string>>

  constructor(code: ErrorCode, headers: Readonly<Record<string, string>>) {
    super(code)
    this.headers = headers
  }
}

const JSON_TYPE = 'application/json; charset=utf-8'

/** Fixed texts, so that nothing of a request is ever echoed. */
export const ERROR_BODIES = Object.fromEntries(
  Object.entries(ERRORS).map(([code, { message }]) => [code, JSON.stringify({ error: { code, message } })]),
) as Record<ErrorCode, string>

export interface Answer {
  status: number
  body: string
  contentType?: string
}

export function answer(ctx: ParameterizedContext, { status, body, contentType = JSON_TYPE }: Answer): void {
  ctx.status = status
  ctx.set('Content-Type', contentType)
  ctx.body = body
}
