import { randomUUID } from 'node:crypto'
import { signBody } from '../body-signature.ts'
import type { SignOptions } from '../provider.ts'

/** The headers of one delivery: its ID is new on every call, as Team-Connect's is on every attempt. */
export const sign = (body: Buffer, secret: string, { now, type }: SignOptions): Record<string, string> => ({
  'user-agent': 'TeamConnect-Webhooks/1.0',
  ...(type !== undefined && { 'x-teamconnect-event': type }),
  'x-teamconnect-delivery': randomUUID(),
  'x-teamconnect-timestamp': String(now),
  'x-teamconnect-signature': signBody(body, secret),
})
