import { timedSignature } from '../timed-signature.ts'

/** `t=<Unix seconds>,v1=<hex>`; Calendly advises to refuse what is older than three minutes. */
export const signature = timedSignature({
  header: 'calendly-webhook-signature',
  names: { time: 't', signature: 'v1' },
  toleranceSeconds: 180,
})
