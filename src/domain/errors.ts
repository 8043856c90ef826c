/**
 * Every coded error of Posthorn, in one table. `status` is the receiver's answer where the code can reach a sender: 4xx is
 * the sender's to mend, 5xx is ours. Codes are never renamed: alerts, dashboards and senders match on them.
 */
export const ERRORS = {
  // receiver: the sender's mistakes
  malformed_request: { status: 400, message: 'The request is malformed.' },
  client_aborted: { status: 400, message: 'The request ended before its body did.' },
  malformed_body: { status: 400, message: 'The body is not what this provider sends.' },
  type_mismatch: { status: 400, message: 'The event type in the header does not agree with the body.' },
  missing_event_id: { status: 400, message: 'The event carries no ID, and this source refuses such events.' },
  missing_signature: { status: 401, message: 'Missing signature' },
  invalid_signature: { status: 401, message: 'Invalid signature' },
  missing_timestamp: { status: 401, message: 'Missing timestamp' },
  bad_timestamp: { status: 401, message: 'Bad timestamp' },
  stale_timestamp: { status: 401, message: 'Stale timestamp' },
  ip_not_allowed: { status: 403, message: 'Forbidden' },
  https_required: { status: 403, message: 'HTTPS required' },
  client_certificate_required: { status: 403, message: 'A client certificate is required.' },
  not_found: { status: 404, message: 'Not found' },
  method_not_allowed: { status: 405, message: 'Method not allowed' },
  body_timeout: { status: 408, message: 'The request arrived too slowly.' },
  payload_too_large: { status: 413, message: 'Payload too large' },
  unsupported_media_type: { status: 415, message: 'Unsupported media type' },
  unsupported_encoding: { status: 415, message: 'Send the body without Content-Encoding.' },
  schema_mismatch: { status: 422, message: 'The event does not fit its schema.' },
  api_version_mismatch: { status: 422, message: 'The event is of another API version than this source takes.' },
  rate_limited: { status: 429, message: 'Too many webhook requests' },
  headers_too_large: { status: 431, message: 'The request headers are too large.' },
  // receiver: ours
  internal_error: { status: 500, message: 'Internal error' },
  not_durable: { status: 503, message: 'The event cannot be stored right now. Send it again.' },
  certificate_unavailable: {
    status: 503,
    message: 'The sender’s certificate cannot be read right now. Send it again.',
  },
  overloaded: { status: 503, message: 'Too many requests are in flight. Send it again.' },
} as const satisfies Record<string, { status: number; message: string }>

export type ErrorCode = keyof typeof ERRORS

/** An expected failure with a stable code. Translated at the borders only: HTTP status, exit code, application failure. */
export class PosthornError extends Error {
  readonly code: ErrorCode
  override readonly name: string = 'PosthornError'

  constructor(code: ErrorCode, options: { message?: string; cause?: unknown } = {}) {
    super(options.message ?? ERRORS[code].message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
  }

  get status(): number {
    return ERRORS[this.code].status
  }
}

/** What `verify` and `identify` of a provider throw, and nothing else. */
export class VerificationError extends PosthornError {
  override readonly name = 'VerificationError'
}
