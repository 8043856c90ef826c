import { activity, type EventRef } from 'posthorn/activity'
import { z } from 'zod'
import { stateOf } from '../canonical-state.ts'

const Ref = z.object({ object: z.object({ sha: z.string() }) })

export interface Push {
  /** `owner/name` */
  repository: string
  /** `heads/main`, or `tags/v1`. */
  ref: string
  sha: string
}

export const fetchPushedCommit = activity(
  'providerRead',
  ({ canonical }) =>
    async (event: EventRef): Promise<Push | undefined> => {
      if (event.entity === undefined) return undefined
      const state = stateOf(Ref, await canonical(event))
      if (state === undefined) return undefined
      const [owner, name, ...ref] = event.entity.id.split('/')
      return { repository: `${owner}/${name}`, ref: ref.join('/'), sha: state.object.sha }
    },
)

/** Pushes that follow each other closely may all find the last commit: it is recorded once. */
export const recordPush = activity('local', ({ db }) => async (push: Push) => {
  await db.query(
    `insert into pushes (repository, ref, commit_sha) values ($1, $2, $3)
     on conflict (repository, ref, commit_sha) do nothing`,
    [push.repository, push.ref, push.sha],
  )
})
