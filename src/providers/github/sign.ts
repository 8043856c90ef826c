import { createHmac } from 'node:crypto'
import { signBody } from '../body-signature.ts'
import type { SignOptions } from '../provider.ts'
import { eventOf } from './event-shapes.ts'
import { payloadOf } from './payload.ts'

/** `type` may carry the action; without one, the event is named after the body if that leaves no doubt. */
export function sign(body: Buffer, secret: string, { id, type }: SignOptions): Record<string, string> {
  const event = type?.split('.', 1)[0] ?? eventOfBody(body)
  return {
    'user-agent': 'GitHub-Hookshot/044aadd',
    ...(event !== undefined && { 'x-github-event': event }),
    'x-github-delivery': id,
    // GitHub still sends the SHA-1 of old times along. Posthorn never reads it.
    'x-hub-signature': `sha1=${createHmac('sha1', secret).update(body).digest('hex')}`,
    'x-hub-signature-256': signBody(body, secret),
  }
}

function eventOfBody(body: Buffer): string | undefined {
  try {
    return eventOf(payloadOf(body))
  } catch {
    return undefined
  }
}
