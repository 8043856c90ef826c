import type { TLSSocket } from 'node:tls'
import type { Middleware } from 'koa'
import { PosthornError } from '../domain/errors.ts'
import type { RequestState } from './request-state.ts'

/** 403 for plain HTTP: a signature protects the body, but not the headers, the URL token or the payload's secrecy. */
export const requireHttps: Middleware<RequestState> = (ctx, next) => {
  if (!ctx.state.client.secure) throw new PosthornError('https_required')
  return next()
}

/**
 * 403 without a client certificate of `clientCa`. Checked here and not in the TLS handshake, so that health stays
 * reachable and a sender reads why it was refused.
 */
export const requireClientCertificate: Middleware<RequestState> = (ctx, next) => {
  if (!(ctx.req.socket as Partial<TLSSocket>).authorized) throw new PosthornError('client_certificate_required')
  return next()
}
