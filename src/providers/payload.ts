import { parseJsonBody } from './json-body.ts'
import type { Provider } from './provider.ts'

/**
 * The event in a verified body, as schemas and handlers see it.
 * @throws VerificationError
 */
export const payloadOf = (provider: Provider, body: Buffer): unknown => provider.payload?.(body) ?? parseJsonBody(body)
