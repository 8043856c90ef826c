import type { Provider } from './provider.ts'

/** One secret and the name it was found under. */
export interface SourceSecret {
  slot: 'current' | 'previous' | 'next'
  value: string
  /** From then on it is not accepted any more. */
  until?: Date
}

/** How a source is compared with what its provider lists. Milliseconds. */
export interface ReconcileSettings {
  everyMs: number
  /** How far back the first run looks. */
  lookBackMs: number
  /** What is younger may still be on its way. */
  settleMs: number
  /** How far a window reaches back into the one before. */
  overlapMs: number
  /** How long after its first listing a window is listed again. */
  confirmAfterMs: number
}

/** One configured connection to a provider, with every reference to the environment resolved. Never log it whole. */
export interface Source {
  /** Immutable: stored events carry it. */
  id: string
  name: string
  provider: Provider
  /** The hook path, without the token. */
  path: string
  pathToken?: string
  typeSuffix: boolean
  /** Current first. */
  secrets: readonly SourceSecret[]
  api?: { token: string; baseUrl: string; listing?: string; budget?: { ratePerSecond: number; burst: number } }
  mirror: boolean
  /** Where URLs that payloads name may lead, beside the host of the API. */
  urls?: { hosts: readonly string[]; loopback: boolean }
  taskQueue: string
  tenant?: string
  account?: string
  connectedAt?: Date
  maxBodyBytes: number
  rateLimit?: { perSecond: number; burst: number }
  allowIps: readonly string[]
  /** Keep events in Temporal while Postgres is away. */
  absorb?: boolean
  /** Erase the body of an event as soon as it is finished. */
  storeBodies?: 'until_done'
  /** Events of another version of the provider's API do not run. */
  apiVersion?: string
  /** Absent: no schedule. */
  reconcile?: ReconcileSettings
  onMissingId: 'derive' | 'refuse'
  onMalformed: 'park' | 'refuse'
}
