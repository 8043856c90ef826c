/** A request as it came. */
export interface CapturedRequest {
  at: Date
  method: string
  /** Path and query. */
  target: string
  headers: readonly (readonly [name: string, value: string])[]
  body: Buffer
}

/** The header that tells `posthorn verify` when a captured request came. No sender writes it. */
export const CAPTURED_AT = 'x-captured-at'

/** As text, and byte for byte: what a client would have sent. */
export function toHttp({ at, method, target, headers, body }: CapturedRequest): Buffer {
  const lines = [
    `${method} ${target} HTTP/1.1`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    `${CAPTURED_AT}: ${at.toISOString()}`,
  ]
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body])
}
