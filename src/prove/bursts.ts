/** Times in which webhooks come as fast as they can be sent. */
export interface Bursts {
  /** Asked once for each delivery. */
  isOn(): boolean
  /** Something was killed now: whatever it was, webhooks come in while it is away. */
  begin(): void
}

/** Once in so many deliveries, so many in a row; the first come early, so that short runs have some, too. */
const BURST_EVERY = 400
const FIRST = 50
const BURST_SIZE = 80
/** Few: faults strike by the number of events, and are not to fall all together. */
const AFTER_KILL = 10

export function createBursts(): Bursts {
  let deliveries = 0
  let lastOfBurst = 0
  return {
    isOn() {
      deliveries += 1
      const place = deliveries % BURST_EVERY
      return deliveries <= lastOfBurst || (place >= FIRST && place < FIRST + BURST_SIZE)
    },
    begin() {
      lastOfBurst = deliveries + AFTER_KILL
    },
  }
}
