import { activity } from 'posthorn/activity'
import { KEY_LIFETIME_MS, httpPort } from '../outside/http-port.ts'

export interface Callback {
  /** The call or message that it comes of: it is called back about once. */
  about: string
  number: string
  why: 'missed call' | 'message failed'
}

/** A person calls these numbers, the oldest first. */
export const queueCallback = activity('local', ({ db }) => async ({ about, number, why }: Callback) => {
  await db.query(`insert into callbacks (about, number, why) values ($1, $2, $3) on conflict (about) do nothing`, [
    about,
    number,
    why,
  ])
})

/** Says by SMS that we will call. False where that cannot be: no gateway is configured, or the number wants no messages. */
export const promiseCallback = activity('write', ({ db, callOnce, settings }) => async (number: string) => {
  const gateway = httpPort('sms', settings['sms'])
  if (gateway === undefined) return false
  const { rowCount } = await db.query('select from contacts where number = $1 and opted_out', [number])
  if (rowCount !== 0) return false
  const json = { to: number, text: 'We missed your call and will call you back.' }
  const terms = { discriminator: number, keyLifetimeMs: KEY_LIFETIME_MS }
  await callOnce('promise callback', terms, (idempotencyKey) =>
    gateway({ method: 'POST', path: '/messages', json, idempotencyKey }),
  )
  return true
})
