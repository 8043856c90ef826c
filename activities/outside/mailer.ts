import { permanent, retryAfter } from 'posthorn/activity'
import { ofNoCall, tookNoPlace } from './took-no-place.ts'

/** Of every mail: SMTP knows no idempotency key. What was taken without an answer is never sent again blindly; a person looks. */
export const MAIL_TERMS = { keyLifetimeMs: 0, tookNoPlace }

export interface Mail {
  to: string
  subject: string
  text: string
}

/**
 * Sends a mail. Its Message-ID is made of the idempotency key: a second copy, if there ever is one, can be told by it.
 * @throws ApplicationFailure: for good when the server refuses the mail, and with a delay, which uses up no try, while it is out.
 */
export type SendMail = (mail: Mail, idempotencyKey: string) => Promise<{ messageId: string }>

const RETRY_MS = 30_000
/**
 * Of each of the two connections. All together they stay below the activity's own limit, unless the server takes its time for every
 * answer: whoever is cut off there does not hear that the mail had not left.
 */
const CONNECTION_MS = 6_000
/** Silence counts from the connection on: less would cut a slow greeting off. */
const SILENCE_MS = { greeting: CONNECTION_MS, mail: 11_000 }

/** The mail server of the settings; undefined where none is set. */
export function createMailer(settings: Readonly<Record<string, string>>): SendMail | undefined {
  const { smtp, mailFrom = 'posthorn@localhost' } = settings
  if (smtp === undefined) return undefined
  const domain = mailFrom.replace(/^.*@|>.*$/g, '')
  return async (mail, idempotencyKey) => {
    const messageId = `<${idempotencyKey}@${domain}>`
    // Only who sends mail needs the package.
    const { createTransport } = await import('nodemailer')
    const transport = (socketTimeout: number) =>
      createTransport({ url: smtp, connectionTimeout: CONNECTION_MS, socketTimeout })
    try {
      // First without the mail: a connection that breaks later does not say whether the mail had begun.
      await transport(SILENCE_MS.greeting)
        .verify()
        .catch((error: unknown) => {
          throw ofNoCall(error as Error)
        })
      await transport(SILENCE_MS.mail).sendMail({ ...mail, from: mailFrom, messageId })
      return { messageId }
    } catch (error) {
      const { responseCode = 0, message } = error as { responseCode?: number; message: string }
      if (responseCode >= 500) throw permanent('mail_refused', message, error)
      throw retryAfter('mail_server_out', RETRY_MS, message, error)
    }
  }
}
