import { defineProvider } from '../provider.ts'
import { genericProvider } from './generic-provider.ts'

/** The commonest scheme there is, for senders without an adapter. Others are described with `genericProvider`. */
export const generic = defineProvider({
  ...genericProvider({
    name: 'generic',
    signature: { kind: 'hmac', header: 'x-webhook-signature', prefix: 'sha256=' },
  }),
  delivery: { note: 'Whether it tries again is the sender’s affair.' },
  setUp: {
    hook: 'Wherever the sender lets you enter an endpoint.',
    secret: 'The secret that the sender shares with you.',
  },
  notes: [
    'This is one scheme of many: `genericProvider` of `posthorn/provider` describes others, with other headers, encodings, signed contents, tokens and public keys.',
  ],
})
