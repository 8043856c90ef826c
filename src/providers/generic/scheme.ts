/** Where a value stands: a header (`header:x-event-id`), or a JSON pointer into the body (`/data/id`, RFC 6901). */
export type Place = `header:${string}` | `/${string}`

/**
 * What is signed, with the values put in: `{body}`, `{timestamp}` as written, `{id}`, `{url}`, `{method}` and `{header:<name>}`.
 * For example `{timestamp}.{body}`.
 */
export type ContentTemplate = string

interface Signed {
  header: string
  /** Text before the signature within the header, for example `sha256=`. Default: none. */
  prefix?: string
  /** Default `hex` for an HMAC, `base64` for a public key. */
  encoding?: 'hex' | 'base64'
  /** Default `{body}`. It must contain `{body}`: an unsigned body proves nothing. */
  content?: ContentTemplate
}

/** A keyed hash with the source's secret. */
export interface HmacScheme extends Signed {
  kind: 'hmac'
  /** Default `sha256`. */
  algorithm?: 'sha1' | 'sha256' | 'sha384' | 'sha512'
  /** How the secret is written: as the text itself (default), or as the key's bytes in hex or base64. */
  secret?: 'text' | 'hex' | 'base64'
}

/** A signature by the sender's private key; the source's secret is the public key, as PEM or base64 of its DER. */
export interface PublicKeyScheme extends Signed {
  kind: 'ed25519' | 'ecdsa' | 'rsa'
}

/** The secret itself comes along: `Authorization: Bearer <secret>`, or alone in a header. */
export interface TokenScheme {
  kind: 'bearer' | 'token'
  /** Default `authorization` for `bearer`; a `token` must name its header. */
  header?: string
}

/** `Authorization: Basic`; the secret is `user:password`. */
export interface BasicScheme {
  kind: 'basic'
}

/**
 * How a sender proves a request. A signature covers the body; a token or a password only says who calls, and whoever has seen one can send
 * anything.
 */
export type SignatureScheme = HmacScheme | PublicKeyScheme | TokenScheme | BasicScheme

/** A sender that has no adapter of its own, described by its configuration alone. */
export interface GenericOptions {
  name: string
  signature: SignatureScheme
  /** The time of sending in Unix seconds, and how far it may be off. Default: the sender states none. */
  timestamp?: { header: string; toleranceSeconds?: number }
  /** Where the event ID stands, best first. Default `/id`, `/event_id`. Nowhere: the event is keyed by its bytes. */
  id?: readonly Place[]
  /** Default `/type`, `/event_type`. */
  type?: readonly Place[]
  /** Default `/created_at`, `/timestamp`. */
  occurredAt?: readonly Place[]
  /** What the event is about. Default: nothing, so there is nothing to order or mirror by. */
  entity?: { kind: string; id: Place }
  /** Grows with every change of the entity: then the body can be mirrored, and lanes keep its order. */
  sequence?: Place
  /** Default `application/json`. */
  contentTypes?: readonly string[]
}
