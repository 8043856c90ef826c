import { VerificationError } from '../domain/errors.ts'
import { payloadOf } from '../providers/payload.ts'
import type { Provider, WebhookRequest } from '../providers/provider.ts'
import { schemaOf } from '../providers/schema-of.ts'
import type { Finding } from './diagnosis.ts'

/** What a verified request holds, and whether it fits its schema. */
export function eventFindings(provider: Provider, request: WebhookRequest): Finding[] {
  try {
    if (provider.handshake?.(request) !== undefined) {
      return [{ check: 'event', result: 'right', detail: 'It is a handshake, which is answered and not stored.' }]
    }
    return provider.identify(request).map(({ id, type, part }) => {
      const issues = schemaOf(provider, type)?.safeParse(payloadOf(provider, part ?? request.body)).error?.issues ?? []
      const fit =
        issues.length === 0
          ? ''
          : `; it does not fit its schema at ${issues.map(({ path }) => path.join('.')).join(', ')}`
      return {
        check: 'event',
        result: issues.length === 0 ? 'right' : 'wrong',
        detail: `${type}, ${id === undefined ? 'without an ID' : `ID ${id}`}${fit}.`,
      }
    })
  } catch (error) {
    if (!(error instanceof VerificationError)) throw error
    return [{ check: 'event', result: 'wrong', detail: `${error.message} (${error.code})` }]
  }
}
