export interface TlsSettings {
  /** The certificate chain, in PEM. */
  certificate: string
  /** PEM. */
  key: string
  /** PEM. When set, hook paths answer 403 to clients without a certificate signed by one of these. */
  clientCa?: string
}

/** Plain values; whoever starts the receiver reads them from the environment. */
export interface ReceiverSettings {
  bindAddress: string
  /** 0 takes a free one. */
  port: number
  /** Scheme and host as registered at the providers: some of them sign the URL. */
  publicUrl: string
  /** Turns on the production rule: hook paths refuse plain HTTP. */
  isProduction: boolean
  /** Addresses or CIDR ranges whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed. */
  trustedProxies: readonly string[]
  tls?: TlsSettings
  /** Requests a second of one address that are not proved genuine. */
  rateLimitPerIp: number
  /** Requests that are answered at once; above it they are refused with 503. */
  maxInFlight: number
  /** Body bytes in memory at once; above it requests are refused with 503. */
  maxInFlightBytes: number
  /** From the end of the headers to the end of the body. */
  bodyTimeoutMs: number
  /** How long event keys are kept. Older events cannot be told from known ones, so they do not run. */
  retentionDays: number
  /** How long `close` waits for requests that are being answered. */
  closeTimeoutMs: number
}
