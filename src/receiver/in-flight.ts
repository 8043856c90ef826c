import type { Gauge } from 'prom-client'
import { Refusal } from './answer.ts'
import type { ReceiverSettings } from './settings.ts'

/** Counts the requests that are being answered and the bytes they hold, and admits no more than fit. */
export interface InFlight {
  readonly requests: number
  /**
   * Runs `work` as one of the requests. It hands `grow` every piece of the body before keeping it. `hasReserve`: it may go beyond the
   * bounds by a quarter, which others cannot fill.
   * @throws Refusal `overloaded` when there is no room for the request, or for a piece of its body.
   */
  admit<Result>(work: (grow: (bytes: number) => void) => Promise<Result>, hasReserve?: boolean): Promise<Result>
}

const RETRY_AFTER_SECONDS = '1'
const RESERVE = 1.25

export function createInFlight(
  bounds: Pick<ReceiverSettings, 'maxInFlight' | 'maxInFlightBytes'>,
  gauge: Gauge,
): InFlight {
  let requests = 0
  let bytes = 0
  return {
    get requests() {
      return requests
    },
    async admit(work, hasReserve = false) {
      const share = hasReserve ? RESERVE : 1
      if (requests >= bounds.maxInFlight * share) throw overloaded()
      requests += 1
      gauge.set(requests)
      let held = 0
      try {
        return await work((size) => {
          if (bytes + size > bounds.maxInFlightBytes * share) throw overloaded()
          bytes += size
          held += size
        })
      } finally {
        requests -= 1
        bytes -= held
        gauge.set(requests)
      }
    },
  }
}

const overloaded = (): Refusal => new Refusal('overloaded', { 'Retry-After': RETRY_AFTER_SECONDS })
