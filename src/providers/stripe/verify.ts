import { timedSignature } from '../timed-signature.ts'

/** `t=<Unix seconds>,v1=<hex>`, keyed with the whole secret, prefix included. `v0` is a scheme for tests and proves nothing. */
export const signature = timedSignature({ header: 'stripe-signature', names: { time: 't', signature: 'v1' } })
