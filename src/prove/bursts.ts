/** Times in which webhooks come as fast as they can be sent. */
export interface Bursts {
  /** Asked once for each delivery. */
  isOn(): boolean
}

/** Once in so many deliveries, so many in a row; the first come early, so that short runs have some, too. */
const BURST_EVERY = 400
const FIRST = 50
const BURST_SIZE = 80

export function createBursts(): Bursts {
  let deliveries = 0
  return {
    isOn() {
      deliveries += 1
      const place = deliveries % BURST_EVERY
      return place >= FIRST && place < FIRST + BURST_SIZE
    },
  }
}
