import { type EventRef, activity } from 'posthorn/activity'
import { z } from 'zod'
import { stateOf } from '../canonical-state.ts'
import { CALL_TERMS, httpPort } from '../outside/http-port.ts'

const text = z.string().nullish()
const Sms = z.object({ sms_id: z.string(), status: z.string(), from: text, to: text, text })

export type Sms = z.infer<typeof Sms>

/** Brings our row of a message to what Team-Connect says now. `sent` and `delivered` may come in any order: the version decides. */
export const trackSms = activity('providerRead', ({ canonical, db }) => async (event: EventRef) => {
  const view = await canonical(event)
  const sms = stateOf(Sms, view)
  if (sms === undefined) return undefined
  await db.query(
    `insert into sms_messages as known (sms_id, status, sender, recipient, body, version) values ($1, $2, $3, $4, $5, $6)
     on conflict (sms_id) do update set status = excluded.status, version = excluded.version
     where known.version < excluded.version`,
    [sms.sms_id, sms.status, sms.from ?? null, sms.to ?? null, sms.text ?? null, view.version.toString()],
  )
  return sms
})

export interface MessageTo {
  sms: string
  number: string
}

/** Counts a message in the hour, ISO 8601, that it left in. */
export const countSent = activity('local', ({ once }) => async ({ sms, number, at }: MessageTo & { at: string }) => {
  await once('count sent', sms, async (tx) => {
    await tx.query(
      `insert into sent_messages as known (number, hour, sent) values ($1, date_trunc('hour', $2::timestamptz, 'UTC'), 1)
       on conflict (number, hour) do update set sent = known.sent + 1`,
      [number, at],
    )
  })
})

/** A person answers these, the oldest first. */
export const queueMessage = activity('local', ({ db }) => async ({ sms, number }: MessageTo) => {
  await db.query(`insert into messages_to_answer (sms_id, number) values ($1, $2) on conflict (sms_id) do nothing`, [
    sms,
    number,
  ])
})

/** They asked for silence: no message of ours goes to this number any more. */
export const optOut = activity('local', ({ db }) => async (number: string) => {
  await db.query(
    `insert into contacts (number, opted_out) values ($1, true) on conflict (number) do update set opted_out = true`,
    [number],
  )
})

/** A sum: nothing but the ledger tells a bounce that was counted from one that was not. Returns how many there are. */
export const countBounce = activity('local', ({ once }) => async ({ sms, number }: MessageTo) => {
  const counted = await once('count bounce', sms, async (tx) => {
    const { rows } = await tx.query<{ bounces: number }>(
      `insert into contacts as known (number, bounces) values ($1, 1)
       on conflict (number) do update set bounces = known.bounces + 1 returning bounces`,
      [number],
    )
    return { bounces: rows[0]?.bounces ?? 0 }
  })
  return counted.bounces
})

/**
 * Where a message arrives, earlier bounces were bad luck, and a call in place of this one is not needed any more. Once: a replay must
 * not excuse what has come back since.
 */
export const clearBounces = activity('local', ({ once }) => async ({ sms, number }: MessageTo) => {
  await once('clear bounces', sms, async (tx) => {
    await tx.query('update contacts set bounces = 0 where number = $1', [number])
    await tx.query('delete from callbacks where about = $1', [sms])
  })
})

/** Tells analytics, if there are any. */
export const reportDelivery = activity('write', ({ callOnce, settings }) => async (sms: string) => {
  const analytics = httpPort('analytics', settings['analytics'])
  if (analytics === undefined) return
  await callOnce('report delivery', { discriminator: sms, ...CALL_TERMS }, (idempotencyKey) =>
    analytics({ method: 'POST', path: '/events', json: { event: 'sms_delivered', sms }, idempotencyKey }),
  )
})
