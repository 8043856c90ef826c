import { hmacSha256 } from '../hmac.ts'
import { parseJsonBody } from '../json-body.ts'
import { textOf } from '../json-field.ts'
import type { SignOptions } from '../provider.ts'
import { VERSION } from './verify.ts'

export function sign(body: Buffer, secret: string, { type = typeOf(body) }: SignOptions): Record<string, string> {
  return {
    'user-agent': 'CircleCI-Webhook/1.0',
    ...(type !== undefined && { 'circleci-event-type': type }),
    'circleci-signature': VERSION + hmacSha256(secret, body).toString('hex'),
  }
}

function typeOf(body: Buffer): string | undefined {
  try {
    return textOf(parseJsonBody(body)['type'])
  } catch {
    return undefined
  }
}
