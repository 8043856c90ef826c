import { isProofHeader } from '../../providers/proof-headers.ts'
import { type CalledPath, pathOf } from './called-path.ts'
import type { CapturedRequest } from './captured-request.ts'

const REDACTED = 'redacted'

/** Fields that hold credentials or signatures, in bodies and queries. */
const FIELDS =
  'access_token|api_?key|client_secret|hmacSignature|password|refresh_token|response_url|secret|sig|signature|token|verification_token'
const IN_JSON = new RegExp(`("(?:${FIELDS})"\\s*:\\s*")(?:[^"\\\\]|\\\\.)*`, 'gi')
const IN_FORM = new RegExp(`((?:^|[?&])(?:${FIELDS})=)[^&#\\s]*`, 'gi')
const JSON_IN_FORM = /(?<=^|[?&])[^&=#\s]+=(?:%5B|%7B|[[{])[^&#\s]*/gi

const HIDDEN = /^(cookie|set-cookie|x-api-key)$/

/** Without secrets and signatures; every other byte stays as it is. `shownPath` stands in for the path. */
export function redact(
  { headers, target, body, ...rest }: CapturedRequest,
  { shownPath }: CalledPath,
): CapturedRequest {
  const text = body.toString('latin1')
  const redacted = Buffer.from(/^\s*[[{]/.test(text) ? redactJson(text) : redactForm(text), 'latin1')
  return {
    ...rest,
    target: shownPath + redactForm(target.slice(pathOf(target).length)),
    headers: headers.map(([name, value]) => [name, redactHeader(name.toLowerCase(), value, redacted.length)]),
    body: redacted,
  }
}

const redactJson = (text: string): string => text.replace(IN_JSON, `$1${REDACTED}`)

/** A field may hold JSON, as `payload` does. It is written anew only where something of it has to go. */
const redactForm = (text: string): string =>
  text.replace(IN_FORM, `$1${REDACTED}`).replace(JSON_IN_FORM, (field) => {
    const [[name, json] = ['', '']] = new URLSearchParams(field)
    const redacted = redactJson(json)
    return redacted === json ? field : new URLSearchParams([[name, redacted]]).toString()
  })

function redactHeader(name: string, value: string, length: number): string {
  if (name === 'content-length') return String(length)
  return isProofHeader(name) || HIDDEN.test(name) ? REDACTED : value
}
