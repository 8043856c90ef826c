/** `posthorn/testing`: tests for providers of your own, and requests as providers send them. */
export { providerConformance } from './testing/provider-conformance.ts'
export type { SecretPair } from '../providers/provider.ts'
export type { ProviderHarness } from './testing/provider-harness.ts'
export { signedRequest, type RequestToSign } from './testing/signed-request.ts'
