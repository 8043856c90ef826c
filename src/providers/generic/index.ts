import { genericProvider } from './generic-provider.ts'

/** The commonest scheme there is, for senders without an adapter. Others are described with `genericProvider`. */
export const generic = genericProvider({
  name: 'generic',
  signature: { kind: 'hmac', header: 'x-webhook-signature', prefix: 'sha256=' },
})
