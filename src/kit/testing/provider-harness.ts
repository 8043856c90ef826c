import type { EntityRef } from '../../domain/event.ts'
import type { Provider, SecretPair, WebhookRequest } from '../../providers/provider.ts'
import { signedRequest, type RequestToSign } from './signed-request.ts'

/** What the conformance suite must know of a provider. */
export interface ProviderHarness {
  /** A genuine body, and what `identify` must read from it. */
  body: Buffer
  type: string
  id: string
  /** What else `identify` must read from a body that carries several events. */
  others?: readonly { type: string; id: string }[]
  /** How the body is written. Default `json`: one JSON object. */
  wire?: 'json' | 'json-array' | 'form'
  /** What the signature proves. Default `body`: every byte of it. `fields`: some of them only. */
  covers?: 'body' | 'fields'
  /** The public URL of the hook, for providers that sign it. */
  url?: string
  /** Two different secrets. A shared one is written once. */
  secrets: readonly [current: string | SecretPair, previous: string | SecretPair]
  /** The header with the signature; absent for providers that put it into the body. */
  signatureHeader?: string
  /** The provider documents several signatures in that header, so that a doubled one is no forgery. */
  severalSignatures?: boolean
  /** The other headers without which nothing verifies. */
  requiredHeaders?: readonly string[]
  /** Malformed values of the signature header, beyond those that the suite makes from a good one. */
  malformedSignatures?: readonly string[]
  /**
   * For providers that state a time: the headers with another one in its place, and how far it may be off, in seconds.
   */
  time?: {
    replace: (headers: Readonly<Record<string, string>>, time: string) => Record<string, string>
    tolerance: number
  }
  /**
   * For providers with an API: an entity, and the paths below the base URL where it is read and where the credential is
   * probed.
   */
  canonical?: { entity: EntityRef; path: string; probePath: string }
}

/** The moment at which the suite's requests are sent, in Unix seconds. */
export const NOW = 1_767_225_600

/** One provider under test, with both its secrets in the form that signs and the form that verifies. */
export interface Subject {
  provider: Provider
  harness: ProviderHarness
  current: SecretPair
  previous: SecretPair
  /** A good request of the harness, signed with the current secret unless told otherwise. */
  request: (options?: Partial<RequestToSign>) => WebhookRequest
  /** Verifies with the current secret at `NOW` unless told otherwise. Always a promise, as `verify` may be one. */
  verify: (
    request: WebhookRequest,
    options?: { secrets?: readonly string[]; now?: number },
  ) => Promise<{ secretIndex: number }>
}

export function subjectOf(provider: Provider, harness: ProviderHarness): Subject {
  const [current, previous] = harness.secrets.map(pairOf) as [SecretPair, SecretPair]
  const { body, id, type, url } = harness
  return {
    provider,
    harness,
    current,
    previous,
    request: (options) =>
      signedRequest(provider, {
        body,
        id,
        type,
        ...(url !== undefined && { url }),
        secret: current.sign,
        now: NOW,
        ...options,
      }),
    verify: async (request, { secrets = [current.verify], now = NOW } = {}) => provider.verify(request, secrets, now),
  }
}

const pairOf = (secret: string | SecretPair): SecretPair =>
  typeof secret === 'string' ? { sign: secret, verify: secret } : secret
