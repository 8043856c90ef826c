/** `posthorn/provider`: teach Posthorn a provider of your own. */
export { PosthornError, VerificationError } from '../domain/errors.ts'
export type { EntityRef } from '../domain/event.ts'
export type { AccessToken } from '../providers/access-token.ts'
export { ApiError, type ApiAnswer, type ProviderApi } from '../providers/api.ts'
export {
  defineProvider,
  type Acknowledgement,
  type BodyView,
  type CanonicalRead,
  type CanonicalReader,
  type DeliveryFacts,
  type EntityListing,
  type EventListing,
  type HandshakeAnswer,
  type IdentifiedEvent,
  type Provider,
  type SecretPair,
  type SetUp,
  type SignOptions,
  type Verified,
  type WebhookRequest,
} from '../providers/provider.ts'
// What every provider of one's own would write again, and should not: the dangerous parts.
export { signBody, verifyBodySignature } from '../providers/body-signature.ts'
export { genericProvider } from '../providers/generic/generic-provider.ts'
export type { GenericOptions, Place, SignatureScheme } from '../providers/generic/scheme.ts'
export { decodeBase64, decodeHexDigest, hmacSha256, safeEqual } from '../providers/hmac.ts'
export { identifiedEvent } from '../providers/identified-event.ts'
export { parseJsonBody } from '../providers/json-body.ts'
export { matchSecret } from '../providers/match-secret.ts'
export {
  createPaypal,
  type CertificateSource,
  type PaypalOptions,
  type PaypalSigner,
} from '../providers/paypal/index.ts'
export { restReader, type RestReaderOptions } from '../providers/rest-reader.ts'
export { splitJsonArray } from '../providers/split-json-array.ts'
export { timedSignature, type TimedSignatureOptions } from '../providers/timed-signature.ts'
export { assertFresh, parseTimestamp } from '../providers/timestamp.ts'
