import type { ErrorCode } from '../domain/errors.ts'

/** One look at a request. */
export interface Finding {
  check: 'scheme' | 'request' | 'headers' | 'format' | 'time' | 'secret' | 'signature' | 'event'
  result: 'right' | 'wrong' | 'noted'
  detail: string
}

/** Why a request verifies or does not. Holds neither secrets nor signatures. */
export interface Diagnosis {
  provider: string
  verified: boolean
  /** The receiver's code for the refusal. */
  code?: ErrorCode
  findings: Finding[]
  /** What would have matched, the least changes first, as sentences. */
  wouldMatch: string[]
  /** Readings of the request that were tried. */
  tried: number
  /** What to do, as a sentence. */
  conclusion: string
}
