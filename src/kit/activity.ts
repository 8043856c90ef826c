/** `posthorn/activity`: write an activity, and fail on purpose. */
export { ignored, processed, type EventRef, type Outcome } from '../domain/event.ts'
export { parseRetryAfter } from '../domain/retry-after.ts'
export {
  activity,
  type ActivityDefinition,
  type ActivityDependencies,
  type ActivityTypes,
  type CanonicalView,
} from './activity-definition.ts'
export type { FetchUrl, FetchUrlOptions, FetchedUrl } from './fetch-url.ts'
export type { CallTerms, Discriminator, Effects, EffectTerms, LookUp, Stored, Transaction } from './effects.ts'
export { permanent, retryAfter } from './failures.ts'
