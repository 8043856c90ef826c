import type { Provider } from './provider.ts'

/** One secret and the name it was found under. */
export interface SourceSecret {
  slot: 'current' | 'previous' | 'next'
  value: string
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
  api?: { token: string; baseUrl: string; listing?: string }
  mirror: boolean
  taskQueue: string
  tenant?: string
  account?: string
  connectedAt?: Date
  maxBodyBytes: number
  rateLimit?: { perSecond: number; burst: number }
  allowIps: readonly string[]
  onMissingId: 'derive' | 'refuse'
  onMalformed: 'park' | 'refuse'
}
