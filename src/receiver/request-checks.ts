import type { Middleware } from 'koa'
import { PosthornError } from '../domain/errors.ts'
import { Refusal } from './answer.ts'
import type { HookState } from './request-state.ts'

/** 405 for a method that the provider does not use. HEAD is 200: that is how people ask whether a URL is there. */
export const checkMethod: Middleware<HookState> = (ctx, next) => {
  const { methods } = ctx.state.source.provider
  if (methods.includes(ctx.method)) return next()
  if (ctx.method !== 'HEAD') throw new Refusal('method_not_allowed', { Allow: ['HEAD', ...methods].join(', ') })
  ctx.status = 200
  return undefined
}

/** 415 for a media type that the provider does not send, and for compressed bodies: signatures cover the bytes that were sent. */
export const checkMediaType: Middleware<HookState> = (ctx, next) => {
  const { headers } = ctx.req
  const transferEncoding = headers['transfer-encoding'] ?? 'chunked'
  if (headers['content-encoding'] !== undefined || transferEncoding.toLowerCase() !== 'chunked') {
    throw new PosthornError('unsupported_encoding')
  }
  const { contentTypes } = ctx.state.source.provider
  if (ctx.method === 'GET' || contentTypes.includes(essence(headers['content-type']))) return next()
  throw new PosthornError('unsupported_media_type')
}

/** `application/json` of `Application/JSON; charset=utf-8`. */
function essence(contentType = ''): string {
  const semicolon = contentType.indexOf(';')
  return (semicolon === -1 ? contentType : contentType.slice(0, semicolon)).trim().toLowerCase()
}
