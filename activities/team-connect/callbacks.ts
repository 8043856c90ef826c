import { activity } from 'posthorn/activity'

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
