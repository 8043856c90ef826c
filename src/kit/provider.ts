/** `posthorn/provider`: teach Posthorn a provider of your own. */
export { PosthornError, VerificationError } from '../domain/errors.ts'
export type { EntityRef } from '../domain/event.ts'
export { ApiError, type ApiAnswer, type ProviderApi } from '../providers/api.ts'
export {
  defineProvider,
  type BodyView,
  type CanonicalRead,
  type CanonicalReader,
  type HandshakeAnswer,
  type IdentifiedEvent,
  type Provider,
  type SignOptions,
  type Verified,
  type WebhookRequest,
} from '../providers/provider.ts'
