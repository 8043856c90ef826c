import { defineProvider } from '../provider.ts'
import { canonical } from './canonical.ts'
import { schemas } from './events.ts'
import { identify } from './identify.ts'
import { checkSecret } from './keys.ts'
import { sign } from './sign.ts'
import { verify } from './verify.ts'

/**
 * SendGrid's event webhook: batches of what happened to e-mails. Its API shows messages and no events, and no list of them by pages: what
 * was missed cannot be found again.
 */
export const sendgrid = defineProvider({
  name: 'sendgrid',
  contentTypes: ['application/json'],
  methods: ['POST'],
  idSigned: true,
  listKey: 'none',
  verify,
  identify,
  sign,
  schemas,
  canonical,
  delivery: { note: 'Tried again at growing intervals for 24 hours after the event, on every answer but 2xx.' },
  checkSecret,
})
