import { isProofHeader } from '../../providers/proof-headers.ts'
import type { CapturedRequest } from './captured-request.ts'

const REDACTED = 'redacted'

/** Fields that hold credentials or signatures, in bodies and queries. */
const FIELDS =
  'access_token|api_?key|client_secret|hmacSignature|password|refresh_token|secret|sig|signature|token|verification_token'
const IN_JSON = new RegExp(`("(?:${FIELDS})"\\s*:\\s*")(?:[^"\\\\]|\\\\.)*`, 'gi')
const IN_FORM = new RegExp(`((?:^|[?&])(?:${FIELDS})=)[^&#\\s]*`, 'gi')

const HIDDEN = /^(cookie|set-cookie|x-api-key)$/

/** Without secrets and signatures; every other byte stays as it is. */
export function redact({ headers, target, body, ...rest }: CapturedRequest): CapturedRequest {
  const text = body.toString('latin1')
  const pattern = /^\s*[[{]/.test(text) ? IN_JSON : IN_FORM
  const redacted = Buffer.from(text.replace(pattern, `$1${REDACTED}`), 'latin1')
  return {
    ...rest,
    target: target.replace(IN_FORM, `$1${REDACTED}`),
    headers: headers.map(([name, value]) => [name, redactHeader(name.toLowerCase(), value, redacted.length)]),
    body: redacted,
  }
}

function redactHeader(name: string, value: string, length: number): string {
  if (name === 'content-length') return String(length)
  return isProofHeader(name) || HIDDEN.test(name) ? REDACTED : value
}
