import { type KeyObject, sign as signWith } from 'node:crypto'
import type { Provider } from '../provider.ts'
import { signedContent } from './signed-content.ts'

/** What takes PayPal's place as a sender: a private key, and where its certificate stands. */
export interface PaypalSigner {
  privateKey: KeyObject
  certificateUrl: string
}

/** Signs the transmission of an event, under the event's ID; `secret` is the webhook ID. Nobody but PayPal can, unless a signer takes its place. */
export const createSign = (signer: PaypalSigner | undefined): Provider['sign'] =>
  function sign(body, secret, { now, id }) {
    if (signer === undefined)
      throw new Error('only PayPal has the key: give createPaypal a signer and its certificates')
    const time = new Date(now * 1000).toISOString().replace('.000Z', 'Z')
    const content = signedContent({ id, time, webhookId: secret, body })
    return {
      'paypal-auth-algo': 'SHA256withRSA',
      'paypal-auth-version': 'v2',
      'paypal-cert-url': signer.certificateUrl,
      'paypal-transmission-id': id,
      'paypal-transmission-time': time,
      'paypal-transmission-sig': signWith('sha256', content, signer.privateKey).toString('base64'),
    }
  }
