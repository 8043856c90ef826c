import { z } from 'zod'
import { genericProvider } from '../generic/generic-provider.ts'
import type { GenericOptions } from '../generic/scheme.ts'
import { defineProvider } from '../provider.ts'

const options: GenericOptions = {
  name: 'case-management',
  signature: { kind: 'hmac', header: 'x-signature-256', prefix: 'sha256=' },
  id: ['/event_id', 'header:x-event-id'],
  type: ['/event_type'],
  occurredAt: ['/timestamp'],
  entity: { kind: 'case', id: '/data/case_id' },
}
const signed = genericProvider(options)
const bearing = genericProvider({ ...options, signature: { kind: 'bearer' } })

const caseCreated = z.looseObject({
  event_type: z.literal('case.created'),
  timestamp: z.iso.datetime({ offset: true }),
  data: z.looseObject({
    case_id: z.string().regex(/^case_[a-z0-9]+$/, 'must be case_ and small letters or digits'),
    created_by: z.string(),
    priority: z.enum(['low', 'medium', 'high', 'critical']).optional(),
  }),
})

/**
 * The case-management sender: signs the body, or is configured to send the secret as a bearer token in place of a signature. A
 * request that claims a signature is judged by it, whatever token comes along.
 */
export const caseManagement = defineProvider({
  ...signed,
  verify: (request, secrets, now) =>
    request.headers['x-signature-256'] === undefined && request.headers['authorization'] !== undefined
      ? bearing.verify(request, secrets, now)
      : signed.verify(request, secrets, now),
  schemas: { 'case.created': caseCreated },
  delivery: {
    ackWithinSeconds: 30,
    retryAfterSeconds: [60, 300, 1800, 7200, 21_600],
    note: 'The schedule is configured at the sender; 400, 401, 403, 404 and 410 are never tried again.',
  },
  scheme:
    'HMAC-SHA256 of the raw body in hex, after `sha256=` in X-Signature-256, or the secret as a bearer token; no time is signed.',
  setUp: {
    hook: 'Where the sender’s administrator registers endpoints.',
    secret: 'The secret of the endpoint, or the bearer token that it is configured to send.',
  },
})
