import { hmacSha256 } from '../hmac.ts'
import { peekJsonBody } from '../json-body.ts'
import { textOf } from '../json-field.ts'
import type { SignOptions } from '../provider.ts'
import { VERSION } from './verify.ts'

export function sign(
  body: Buffer,
  secret: string,
  { type = textOf(peekJsonBody(body)?.['type']) }: SignOptions,
): Record<string, string> {
  return {
    'user-agent': 'CircleCI-Webhook/1.0',
    ...(type !== undefined && { 'circleci-event-type': type }),
    'circleci-signature': VERSION + hmacSha256(secret, body).toString('hex'),
  }
}
