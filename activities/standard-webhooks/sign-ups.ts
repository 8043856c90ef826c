import { type EventRef, activity, permanent } from 'posthorn/activity'
import { z } from 'zod'
import { type HttpPort, CALL_TERMS, httpPort } from '../outside/http-port.ts'
import { MAIL_TERMS, createMailer } from '../outside/mailer.ts'
import { receivedData } from '../received-data.ts'

const User = z.object({ id: z.string(), email: z.email(), name: z.string() })

export type User = z.infer<typeof User>

export const readSignUp = activity(
  'local',
  ({ received }) =>
    (event: EventRef) =>
      receivedData(User, received, event),
)

const contactPath = (user: string): string => `/contacts/${encodeURIComponent(user)}`

/** A contact has the user's ID: it may be put there and taken away as often as it takes. */
export const createContact = activity('write', ({ settings }) => async ({ id, email, name }: User) => {
  await required('crm', settings)({ method: 'PUT', path: contactPath(id), json: { email, name } })
})

/** Where no CRM is configured, none was made. */
export const deleteContact = activity('write', ({ settings }) => async ({ id }: User) => {
  await httpPort('crm', settings['crm'])?.({ method: 'DELETE', path: contactPath(id) })
})

/** A mail cannot be undone: the ledger remembers that it was sent, also when the sign-up is replayed. */
export const sendWelcome = activity('write', ({ callOnce, settings }) => {
  const send = createMailer(settings)
  return async ({ id, email, name }: User) => {
    if (send === undefined) throw permanent('not_configured', 'SMTP_URL is not set')
    const mail = { to: email, subject: 'Welcome', text: `Good to have you here, ${name}.` }
    await callOnce('welcome', { discriminator: id, ...MAIL_TERMS }, (key) => send(mail, key))
  }
})

export const countSignUp = activity('write', ({ callOnce, settings }) => async ({ id }: User) => {
  const analytics = required('analytics', settings)
  const json = { event: 'sign_up', user: id }
  await callOnce('count sign-up', { discriminator: id, ...CALL_TERMS }, (idempotencyKey) =>
    analytics({ method: 'POST', path: '/events', json, idempotencyKey }),
  )
})

/** Half a sign-up is worse than none: what is not configured fails it. */
function required(name: string, settings: Readonly<Record<string, string>>): HttpPort {
  const port = httpPort(name, settings[name])
  if (port === undefined) throw permanent('not_configured', `The setting ${name} is not set`)
  return port
}
