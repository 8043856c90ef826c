import { activity } from 'posthorn/activity'
import { CALL_TERMS, httpPort } from '../outside/http-port.ts'

/** Says something by SMS, once for an event. False where that cannot be: no gateway is configured, or the number is to be left in peace. */
const saying = (effect: string, text: string) =>
  activity('write', ({ db, callOnce, settings }) => async (number: string) => {
    const gateway = httpPort('sms', settings['sms'])
    if (gateway === undefined) return false
    const { rowCount } = await db.query('select from silent_numbers where number = $1', [number])
    if (rowCount !== 0) return false
    const terms = { discriminator: number, ...CALL_TERMS }
    await callOnce(effect, terms, (idempotencyKey) =>
      gateway({ method: 'POST', path: '/messages', json: { to: number, text }, idempotencyKey }),
    )
    return true
  })

export const promiseCallback = saying('promise callback', 'We missed your call and will call you back.')

export const confirmMessage = saying('confirm message', 'We have your message, and somebody will answer it.')
