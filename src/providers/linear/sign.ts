import { hmacSha256 } from '../hmac.ts'
import { peekJsonBody } from '../json-body.ts'
import { textOf } from '../json-field.ts'
import type { SignOptions } from '../provider.ts'

/** `type` carries the action behind its dot. */
export function sign(body: Buffer, secret: string, { now, id, type }: SignOptions): Record<string, string> {
  const event = type?.split('.', 1)[0] ?? textOf(peekJsonBody(body)?.['type'])
  return {
    'user-agent': 'Linear-Webhook',
    'linear-delivery': id,
    ...(event !== undefined && { 'linear-event': event }),
    'linear-timestamp': String(now * 1000),
    'linear-signature': hmacSha256(secret, body).toString('hex'),
  }
}

/** Linear signs the time of sending as a part of the body: every attempt has other bytes. */
export function stampBody(body: Buffer, _secret: string, { now }: SignOptions): Buffer {
  const payload = peekJsonBody(body)
  return payload === undefined ? body : Buffer.from(JSON.stringify({ ...payload, webhookTimestamp: now * 1000 }))
}
