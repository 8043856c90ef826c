import { peekJsonBody } from '../json-body.ts'
import type { SignOptions } from '../provider.ts'
import { sign as signStandard } from '../standard-webhooks/sign.ts'
import { headerOf, kindOf } from './kinds.ts'
import { isSigningToken } from './signing-token.ts'

/** Signed with a signing token, or with the secret token as it is. ID and time come along with both. */
export function sign(body: Buffer, secret: string, { type, ...options }: SignOptions): Record<string, string> {
  const kind = type?.split('.', 1)[0] ?? kindOf(peekJsonBody(body) ?? {}, undefined)
  const event = kind === undefined ? undefined : headerOf(kind)
  const proof = isSigningToken(secret) ? signStandard(body, secret, options) : { 'x-gitlab-token': secret }
  return {
    'user-agent': 'GitLab/19.0.0',
    ...(event !== undefined && { 'x-gitlab-event': event }),
    'x-gitlab-instance': 'https://gitlab.com',
    'idempotency-key': options.id,
    'webhook-id': options.id,
    'webhook-timestamp': String(options.now),
    ...proof,
  }
}
